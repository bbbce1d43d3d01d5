import type { EntityManager } from 'typeorm';
import { EntryKind } from '../realtime/log-entry.js';
import { isThere, wasMember } from './history.queries.js';

/**
 * Hides a message, once more if need be. False: there is no such message for the account. The message is held meanwhile:
 * a retraction that comes then finds what to clear away.
 */
export async function hide(
  manager: EntityManager,
  accountId: string,
  channelId: string,
  seq: number,
  now: Date,
): Promise<boolean> {
  const [row] = await manager.query<{ found: boolean }[]>(
    `WITH message AS (
       SELECT e.channel_id, e.seq, e.expires_at FROM channel_entries e
       WHERE e.channel_id = $1 AND e.seq = $2 AND e.kind = ${EntryKind.MESSAGE}
         AND ${isThere('$4', 'e')} AND ${wasMember('$3', 'e')}
       FOR SHARE OF e
     ), hidden AS (
       INSERT INTO hidden_messages (account_id, channel_id, seq, expires_at)
       SELECT $3, channel_id, seq, expires_at FROM message ON CONFLICT DO NOTHING
     )
     SELECT EXISTS (SELECT FROM message) AS found`,
    [channelId, seq, accountId, now],
  );
  return row?.found ?? false;
}

import type { EntityManager } from 'typeorm';
import { changedBy, countBy, type Queryable } from '../database/queryable.js';
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

const FORGET = `
  DELETE FROM hidden_messages WHERE (account_id, channel_id, seq) IN (
    SELECT account_id, channel_id, seq FROM hidden_messages WHERE expires_at <= $1
    ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED
  )`;

/** What hid messages that are past their time. */
export const forgetHidden = (database: Queryable, now: Date, limit: number): Promise<number> =>
  changedBy(database, FORGET, [now, limit]);

export const countHiddenToForget = (database: Queryable, now: Date): Promise<number> =>
  countBy(database, 'SELECT count(*) FROM hidden_messages WHERE expires_at <= $1', [now]);

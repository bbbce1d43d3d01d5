import type { EntityManager } from 'typeorm';
import { EntryKind, type LogEntry } from '../realtime/log-entry.js';
import { entryOfRow, type EntryRow } from '../realtime/log.queries.js';
import { wasMember } from './history.queries.js';

/** What is to be retracted, as it stands under the head's lock. */
export interface RetractionTarget {
  kind: EntryKind;
  authorTag: Buffer | null;
  expiresAt: Date | null;
  isBlank: boolean;
}

/** Undefined: no such entry, or none that the account may see. */
export async function retractionTarget(
  manager: EntityManager,
  accountId: string,
  channelId: string,
  seq: number,
): Promise<RetractionTarget | undefined> {
  const [target] = await manager.query<RetractionTarget[]>(
    `SELECT e.kind, e.author_tag AS "authorTag", e.expires_at AS "expiresAt", e.sealed_body IS NULL AS "isBlank"
     FROM channel_entries e WHERE e.channel_id = $1 AND e.seq = $2 AND ${wasMember('$3', 'e')}`,
    [channelId, seq, accountId],
  );
  return target;
}

const columns = 'channel_id, seq, kind, epoch, refers_to, sealed_body, expires_at, created_at, subject_id, change';

/** The retraction of an entry or, of a reaction that went with its message, of the message. */
export async function retractionOf(
  manager: EntityManager,
  channelId: string,
  seq: number,
): Promise<LogEntry | undefined> {
  const [row] = await manager.query<EntryRow[]>(
    `SELECT ${columns} FROM channel_entries
     WHERE channel_id = $1 AND kind IN (1, 2, 3) AND kind = ${EntryKind.RETRACTION} AND refers_to IN (
       SELECT unnest(ARRAY[seq, refers_to]) FROM channel_entries WHERE channel_id = $1 AND seq = $2
     )
     ORDER BY refers_to <> $2 LIMIT 1`,
    [channelId, seq],
  );
  return row && entryOfRow(row);
}

/**
 * Appends the retraction and empties what it retracts, with its edits and reactions. Under the head's lock, taken by a
 * statement before: this one sees every edit and reaction that came first, and none comes after it. A retraction ends
 * when what it retracts would have: from then on a gap says as much.
 */
export async function appendRetraction(
  manager: EntityManager,
  channelId: string,
  seq: number,
  at: Date,
): Promise<LogEntry> {
  const [row] = await manager.query<EntryRow[]>(
    `WITH head AS (
       UPDATE channel_heads SET last_seq = last_seq + 1, retractions_seq = last_seq + 1
       WHERE channel_id = $1 RETURNING last_seq, epoch
     ), gone AS (
       SELECT $2::int AS seq UNION ALL
       SELECT seq FROM channel_entries
       WHERE channel_id = $1 AND refers_to = $2 AND kind IN (1, 2, 3) AND kind <> ${EntryKind.RETRACTION}
     ), emptied AS (
       UPDATE channel_entries e SET sealed_body = NULL, author_tag = NULL
       FROM gone WHERE e.channel_id = $1 AND e.seq = gone.seq
     ), unhidden AS (
       DELETE FROM hidden_messages WHERE channel_id = $1 AND seq = $2
     )
     INSERT INTO channel_entries (channel_id, seq, kind, epoch, refers_to, expires_at, created_at)
     SELECT $1, head.last_seq, ${EntryKind.RETRACTION}, head.epoch, $2, e.expires_at, $3
     FROM head, channel_entries e WHERE e.channel_id = $1 AND e.seq = $2
     RETURNING ${columns}`,
    [channelId, seq, at],
  );
  if (!row) throw new Error('What is retracted was there under the same lock.');
  return entryOfRow(row);
}

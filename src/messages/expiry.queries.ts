import { countBy, type Queryable } from '../database/queryable.js';

/** For so long a message can be posted again, and membership changes stay in the log. */
const REMEMBERED_MS = 30 * 24 * 3600 * 1000;

const rememberedSince = (now: Date) => new Date(now.getTime() - REMEMBERED_MS);

/**
 * Writes down which logs may have got a prefix that can go. Not DO NOTHING: a trim that is about to take the channel off
 * the list did not see what has just been purged, so this waits for it and puts the channel back.
 */
export const noteTrimmable = (channelIds: string) => `
  INSERT INTO trimmable_logs (channel_id) SELECT DISTINCT channel_id FROM (${channelIds}) AS purged ORDER BY channel_id
  ON CONFLICT ON CONSTRAINT trimmable_logs_pkey DO UPDATE SET channel_id = EXCLUDED.channel_id`;

/**
 * What expired loses its body and all that says anything of it, but keeps its place, and for as long as it can be posted
 * again the key by which that is noticed.
 */
const EXPIRE = `
  WITH due AS (
    SELECT channel_id, seq FROM channel_entries WHERE sealed_body IS NOT NULL AND expires_at <= $1
    ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED
  ), purged AS (
    UPDATE channel_entries e SET sealed_body = NULL, author_tag = NULL, refers_to = NULL
    FROM due WHERE e.channel_id = due.channel_id AND e.seq = due.seq
    RETURNING e.channel_id, e.sender_scope
  ), noted AS (
    ${noteTrimmable('SELECT channel_id FROM purged WHERE sender_scope IS NULL')}
  )
  SELECT count(*) FROM purged`;

export const expireMessages = (database: Queryable, now: Date, limit: number): Promise<number> =>
  countBy(database, EXPIRE, [now, limit]);

export const countExpiredMessages = (database: Queryable, now: Date): Promise<number> =>
  countBy(database, 'SELECT count(*) FROM channel_entries WHERE sealed_body IS NOT NULL AND expires_at <= $1', [now]);

const FORGET_SENDERS = `
  WITH due AS (
    SELECT channel_id, seq FROM channel_entries WHERE sender_scope IS NOT NULL AND created_at <= $1
    ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED
  ), forgotten AS (
    UPDATE channel_entries e SET sender_scope = NULL, client_message_id = NULL, attachments_digest = NULL
    FROM due WHERE e.channel_id = due.channel_id AND e.seq = due.seq
    RETURNING e.channel_id, e.sealed_body IS NULL AS purged
  ), noted AS (
    ${noteTrimmable('SELECT channel_id FROM forgotten WHERE purged')}
  )
  SELECT count(*) FROM forgotten`;

export const forgetSenders = (database: Queryable, now: Date, limit: number): Promise<number> =>
  countBy(database, FORGET_SENDERS, [rememberedSince(now), limit]);

export const countSendersToForget = (database: Queryable, now: Date): Promise<number> =>
  countBy(database, 'SELECT count(*) FROM channel_entries WHERE sender_scope IS NOT NULL AND created_at <= $1', [
    rememberedSince(now),
  ]);

/**
 * Nothing is left of it but its place, and it is too old to be posted again, or to be news. What still knows its sender
 * belongs to `forgetSenders`, which holds entries when it comes to the list; so nothing waits for it that holds the list.
 */
const IS_SPENT = `e.sealed_body IS NULL AND e.sender_scope IS NULL AND e.created_at <= $1`;

/**
 * Raises the floor of one listed log over the spent entries it begins with, and deletes those. Both in one statement: to
 * every reader the rows are there or below the floor. Posts to the channel wait meanwhile, so it takes few at a time.
 * The head is locked before any entry, as by everything else that changes entries of a channel it has locked.
 */
const TRIM_ONE = `
  WITH listed AS MATERIALIZED (
    SELECT channel_id FROM trimmable_logs ORDER BY channel_id LIMIT 1 FOR UPDATE SKIP LOCKED
  ), head AS MATERIALIZED (
    SELECT h.channel_id, h.floor_seq FROM listed JOIN channel_heads h USING (channel_id) FOR NO KEY UPDATE OF h
  ), first AS MATERIALIZED (
    SELECT e.channel_id, e.seq, ${IS_SPENT} AS spent
    FROM head h CROSS JOIN LATERAL (
      SELECT * FROM channel_entries WHERE channel_id = h.channel_id AND seq > h.floor_seq ORDER BY seq LIMIT $2::int
    ) e
  ), floor AS MATERIALIZED (
    SELECT channel_id, coalesce(min(seq) FILTER (WHERE NOT spent) - 1, max(seq)) AS seq,
      count(*) = $2::int AND bool_and(spent) AS goes_on
    FROM first GROUP BY channel_id
  ), raised AS (
    UPDATE channel_heads h SET floor_seq = floor.seq FROM floor
    WHERE h.channel_id = floor.channel_id AND h.floor_seq < floor.seq
  ), trimmed AS (
    DELETE FROM channel_entries e USING floor, first
    WHERE e.channel_id = floor.channel_id AND e.seq = first.seq AND first.seq <= floor.seq
    RETURNING e.seq
  ), done AS (
    DELETE FROM trimmable_logs t USING listed
    WHERE t.channel_id = listed.channel_id AND NOT EXISTS (SELECT FROM floor WHERE goes_on)
  )
  SELECT (SELECT count(*) FROM listed)::int AS logs, (SELECT count(*) FROM trimmed)::int AS entries`;

const LOGS_A_BATCH = 100;

/** A log that is listed may have nothing to trim after all, so the number of entries does not say whether it goes on. */
export async function trimLogs(
  database: Queryable,
  now: Date,
  limit: number,
): Promise<{ affected: number; goesOn: boolean }> {
  let affected = 0;
  for (let logs = 0; logs < LOGS_A_BATCH && affected < limit; logs++) {
    const values = [rememberedSince(now), limit - affected];
    const { rows } = await database.query<{ logs: number; entries: number }>(TRIM_ONE, values);
    if (!rows[0]?.logs) return { affected, goesOn: false };
    affected += rows[0].entries;
  }
  return { affected, goesOn: true };
}

export const countEntriesToTrim = (database: Queryable, now: Date): Promise<number> =>
  countBy(
    database,
    `SELECT coalesce(sum(spent.count), 0) AS count FROM trimmable_logs JOIN channel_heads h USING (channel_id)
     CROSS JOIN LATERAL (
       SELECT count(*) FROM channel_entries e WHERE e.channel_id = h.channel_id AND e.seq > h.floor_seq AND e.seq < coalesce((
         SELECT min(e.seq) FROM channel_entries e
         WHERE e.channel_id = h.channel_id AND e.seq > h.floor_seq AND NOT (${IS_SPENT})
       ), 2147483647)
     ) spent`,
    [rememberedSince(now)],
  );

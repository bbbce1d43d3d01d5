import { changedBy, countBy, type Queryable } from '../database/queryable.js';

/** Envelopes that nobody acknowledged are kept so long. */
export const KEPT_MS = 30 * 24 * 3_600_000;

/** Writes down on the heads what `gone` (device_id, position, bytes) says was lost. */
export const LOSE_GONE = `
  loss AS (
    SELECT device_id, max(position) AS position, sum(bytes)::int AS bytes FROM gone GROUP BY device_id
  ), told AS (
    UPDATE mailboxes m SET lost_position = greatest(m.lost_position, l.position), bytes = m.bytes - l.bytes
    FROM loss l WHERE m.device_id = l.device_id
  )`;

// Times within a queue never go back, so of each queue the oldest go.
const EXPIRE = `
  WITH old AS (
    SELECT device_id, position FROM mailbox_entries WHERE created_at <= $1
    ORDER BY created_at, device_id, position LIMIT $2
  ), head AS MATERIALIZED (
    SELECT device_id FROM mailboxes WHERE device_id IN (SELECT device_id FROM old)
    ORDER BY device_id FOR NO KEY UPDATE
  ), gone AS (
    DELETE FROM mailbox_entries e USING head h, old o
    WHERE h.device_id = o.device_id AND e.device_id = o.device_id AND e.position = o.position
    RETURNING e.device_id, e.position, octet_length(e.sealed_body) AS bytes
  ), ${LOSE_GONE}
  SELECT FROM gone`;

const expiredBefore = (now: Date): Date => new Date(now.getTime() - KEPT_MS);

/** Deletes envelopes that are 30 days old; the next page of their device says so. */
export const expireMailbox = (database: Queryable, now: Date, limit: number): Promise<number> =>
  changedBy(database, EXPIRE, [expiredBefore(now), limit]);

export const countExpiredEnvelopes = (database: Queryable, now: Date): Promise<number> =>
  countBy(database, 'SELECT count(*) FROM mailbox_entries WHERE created_at <= $1', [expiredBefore(now)]);

/** Forgets that deliveries were made, once their retry is not waited for any more. */
export const forgetMailboxRetryKeys = (database: Queryable, now: Date, limit: number): Promise<number> =>
  changedBy(
    database,
    `DELETE FROM mailbox_retry_keys WHERE key_hash IN
       (SELECT key_hash FROM mailbox_retry_keys WHERE forget_on <= $1::date ORDER BY forget_on LIMIT $2)`,
    [dayOf(now), limit],
  );

export const countForgettableMailboxRetryKeys = (database: Queryable, now: Date): Promise<number> =>
  countBy(database, 'SELECT count(*) FROM mailbox_retry_keys WHERE forget_on <= $1::date', [dayOf(now)]);

/** In UTC, as PostgreSQL writes it. */
const dayOf = (at: Date): string => at.toISOString().slice(0, 10);

/** The first day on which nobody can have a right to a retry any more. */
export const forgetKeyOn = (deliveredAt: Date): string =>
  dayOf(new Date(deliveredAt.getTime() + KEPT_MS + 24 * 3_600_000));

import { changedBy, countBy, type Queryable } from '../database/queryable.js';
import { REVOCATIONS_KEPT_MS } from './revocations.js';
import { SECURITY_EVENTS_KEPT_MS } from './security-events.service.js';

const ago = (now: Date, milliseconds: number) => new Date(now.getTime() - milliseconds);

const oldest = (table: string, key: string, time: string) =>
  `DELETE FROM ${table} WHERE ${key} IN (
     SELECT ${key} FROM ${table} WHERE ${time} <= $1 ORDER BY ${time} LIMIT $2 FOR UPDATE SKIP LOCKED
   )`;

/** The tokens first: a session that lasted long has thousands, which would all go with it in one statement. */
const spentParts = (now: Date): [sql: string, until: Date][] => [
  [oldest('refresh_tokens', 'token_hash', 'expires_at'), now],
  [oldest('sessions', 'id', 'expires_at'), now],
  [oldest('session_revocations', 'session_id', 'revoked_at'), ago(now, REVOCATIONS_KEPT_MS)],
];

export async function expireSessions(database: Queryable, now: Date, limit: number): Promise<number> {
  let gone = 0;
  for (const [sql, until] of spentParts(now)) gone += await changedBy(database, sql, [until, limit - gone]);
  return gone;
}

export const countExpiredSessions = (database: Queryable, now: Date): Promise<number> =>
  countBy(
    database,
    `SELECT (SELECT count(*) FROM refresh_tokens WHERE expires_at <= $1)
          + (SELECT count(*) FROM sessions WHERE expires_at <= $1)
          + (SELECT count(*) FROM session_revocations WHERE revoked_at <= $2) AS count`,
    [now, ago(now, REVOCATIONS_KEPT_MS)],
  );

export const expireSecurityEvents = (database: Queryable, now: Date, limit: number): Promise<number> =>
  changedBy(database, oldest('security_events', 'id', 'at'), [ago(now, SECURITY_EVENTS_KEPT_MS), limit]);

export const countExpiredSecurityEvents = (database: Queryable, now: Date): Promise<number> =>
  countBy(database, 'SELECT count(*) FROM security_events WHERE at <= $1', [ago(now, SECURITY_EVENTS_KEPT_MS)]);

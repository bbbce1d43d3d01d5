import type { EntityManager } from 'typeorm';
import { REFRESH_GRACE_MS, REFRESH_TOKEN_MS } from './refresh-tokens.js';

export interface RotatedSession {
  id: string;
  accountId: string;
  deviceId: string | null;
  /** When the successor expires. */
  expiresAt: Date;
}

/**
 * Uses a refresh token and puts its successor in its place, all in one statement. Of many callers with the same token
 * the first one locks the session; the others then find the token replaced within the grace, and its successor there.
 * Answers undefined when the token is unknown, expired, or was replaced before the grace.
 *
 * The session is locked before the token, as `DELETE FROM sessions` does, so that the two cannot deadlock.
 */
export async function rotateRefreshToken(
  manager: EntityManager,
  { used, successor, now }: { used: Buffer; successor: Buffer; now: Date },
): Promise<RotatedSession | undefined> {
  const [rotated] = await manager.query<RotatedSession[]>(
    `WITH family AS (
       SELECT session.id FROM sessions session JOIN refresh_tokens token ON token.session_id = session.id
       WHERE token.token_hash = $1 FOR UPDATE OF session
     ), used AS (
       UPDATE refresh_tokens token SET replaced_at = COALESCE(token.replaced_at, $3)
       FROM family
       WHERE token.token_hash = $1 AND token.session_id = family.id AND token.expires_at > $3
         AND (token.replaced_at IS NULL OR token.replaced_at > $4)
       RETURNING token.session_id, token.replaced_at + make_interval(secs => $5) AS expires_at
     ), successor AS (
       INSERT INTO refresh_tokens (token_hash, session_id, expires_at)
       SELECT $2, session_id, expires_at FROM used
       ON CONFLICT ON CONSTRAINT refresh_tokens_pkey DO NOTHING
     ), session AS (
       UPDATE sessions SET last_used_at = $3, expires_at = GREATEST(sessions.expires_at, used.expires_at)
       FROM used WHERE sessions.id = used.session_id
       RETURNING sessions.id, account_id, device_id
     )
     SELECT session.id, session.account_id AS "accountId", session.device_id AS "deviceId",
            used.expires_at AS "expiresAt"
     FROM session JOIN used ON used.session_id = session.id`,
    [used, successor, now, new Date(now.getTime() - REFRESH_GRACE_MS), REFRESH_TOKEN_MS / 1000],
  );
  return rotated;
}

export type WhichSessions =
  'id = $2' | 'id = $2 AND account_id = $3' | 'account_id = $2' | 'account_id = $2 AND id <> $3' | 'device_id = $2';

/**
 * Deletes sessions with their refresh tokens and writes down that they ended, both or neither. They are locked in one
 * order, so that an account and a device whose sessions end at once cannot deadlock.
 */
export async function endSessions(
  manager: EntityManager,
  at: Date,
  which: WhichSessions,
  ...ids: string[]
): Promise<string[]> {
  const rows = await manager.query<{ session_id: string }[]>(
    `WITH ended AS (
       DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE ${which} ORDER BY id FOR UPDATE) RETURNING id
     )
     INSERT INTO session_revocations (session_id, revoked_at) SELECT id, $1 FROM ended RETURNING session_id`,
    [at, ...ids],
  );
  return rows.map((row) => row.session_id);
}

export async function revokedSince(manager: EntityManager, since: Date): Promise<string[]> {
  const rows = await manager.query<{ session_id: string }[]>(
    'SELECT session_id FROM session_revocations WHERE revoked_at > $1 ORDER BY revoked_at',
    [since],
  );
  return rows.map((row) => row.session_id);
}

/**
 * Whether the device is an active one of the account; if so, it stays that until the transaction ends. By SQL, since
 * devices belong to a module on the right.
 */
export async function holdActiveDevice(manager: EntityManager, accountId: string, deviceId: string): Promise<boolean> {
  const rows = await manager.query<unknown[]>(
    'SELECT FROM devices WHERE id = $1 AND account_id = $2 AND active FOR SHARE',
    [deviceId, accountId],
  );
  return rows.length === 1;
}

/** Everybody logs in again. Gives how many sessions there were. */
export async function endAllSessions(manager: EntityManager, at: Date): Promise<number> {
  const [ended] = await manager.query<[{ count: number }]>(
    `WITH ended AS (
       DELETE FROM sessions RETURNING id
     ), remembered AS (
       INSERT INTO session_revocations (session_id, revoked_at) SELECT id, $1 FROM ended
     )
     SELECT count(*)::integer FROM ended`,
    [at],
  );
  return ended.count;
}

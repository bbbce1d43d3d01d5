import type { EntityManager } from 'typeorm';
import { changedBy, countBy, type Queryable } from '../database/queryable.js';

export interface InviteFacts {
  id: string;
  serverId: string;
  maxUses: number | null;
  uses: number;
  expiresAt: Date | null;
  createdAt: Date;
}

const facts = `
  id, server_id AS "serverId", max_uses AS "maxUses", uses, expires_at AS "expiresAt", created_at AS "createdAt"`;

/** Neither past its time nor used up; $2 is now. */
const works = '(expires_at IS NULL OR expires_at > $2) AND (max_uses IS NULL OR uses < max_uses)';

/** Those that still work, newest first. */
export function invitesOf(manager: EntityManager, serverIds: readonly string[], now: Date): Promise<InviteFacts[]> {
  return manager.query(
    `SELECT ${facts} FROM server_invites WHERE server_id = ANY ($1::uuid[]) AND ${works} ORDER BY id DESC`,
    [serverIds, now],
  );
}

export async function countInvitesOf(manager: EntityManager, serverId: string, now: Date): Promise<number> {
  const [row] = await manager.query<{ count: number }[]>(
    `SELECT count(*)::int AS count FROM server_invites WHERE server_id = $1 AND ${works}`,
    [serverId, now],
  );
  return row?.count ?? 0;
}

export async function addInvite(manager: EntityManager, invite: InviteFacts & { codeHash: Buffer }): Promise<void> {
  const { id, serverId, codeHash, maxUses, uses, expiresAt, createdAt } = invite;
  await manager.query(
    `INSERT INTO server_invites (id, server_id, code_hash, max_uses, uses, expires_at, created_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7)`,
    [id, serverId, codeHash, maxUses, uses, expiresAt, createdAt],
  );
}

export async function serverOfInvite(manager: EntityManager, inviteId: string): Promise<string | undefined> {
  const [row] = await manager.query<{ server_id: string }[]>('SELECT server_id FROM server_invites WHERE id = $1', [
    inviteId,
  ]);
  return row?.server_id;
}

export async function deleteInvite(manager: EntityManager, inviteId: string): Promise<boolean> {
  const [, count] = await manager.query<[unknown, number]>('DELETE FROM server_invites WHERE id = $1', [inviteId]);
  return count === 1;
}

export async function inviteByCode(
  manager: EntityManager,
  codeHash: Buffer,
  now: Date,
): Promise<{ id: string; serverId: string; works: boolean } | undefined> {
  const [row] = await manager.query<{ id: string; serverId: string; works: boolean }[]>(
    `SELECT id, server_id AS "serverId", ${works} AS works FROM server_invites WHERE code_hash = $1`,
    [codeHash, now],
  );
  return row;
}

/** Takes one use of the invite, if it has one left: in one statement, so that no use is taken twice. */
export async function takeUse(manager: EntityManager, inviteId: string, now: Date): Promise<boolean> {
  const [, count] = await manager.query<[unknown, number]>(
    `UPDATE server_invites SET uses = uses + 1 WHERE id = $1 AND ${works}`,
    [inviteId, now],
  );
  return count === 1;
}

/** Invites that nobody can join by any more, by either index. */
const spent = `
  SELECT id FROM server_invites WHERE expires_at <= $1 UNION SELECT id FROM server_invites WHERE uses >= max_uses`;

/** Erases at most `limit` invites that are past their time or used up, and says how many. */
export const deleteExpiredInvites = (database: Queryable, now: Date, limit: number): Promise<number> =>
  changedBy(database, `DELETE FROM server_invites WHERE id IN (SELECT id FROM (${spent}) AS spent LIMIT $2)`, [
    now,
    limit,
  ]);

export const countExpiredInvites = (database: Queryable, now: Date): Promise<number> =>
  countBy(database, `SELECT count(*) AS count FROM (${spent}) AS spent`, [now]);

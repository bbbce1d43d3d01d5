import type { EntityManager } from 'typeorm';
import type { ServerRole } from './server-role.js';

/** A server as one of its members sees it. */
export interface ServerState {
  id: string;
  sealedMeta: Buffer;
  memberCount: number;
  createdAt: Date;
  myRole: ServerRole;
}

const stateOf = `
  SELECT s.id, s.sealed_meta AS "sealedMeta", s.member_count AS "memberCount", s.created_at AS "createdAt",
    m.role AS "myRole"
  FROM server_members m JOIN servers s ON s.id = m.server_id
  WHERE m.account_id = $1`;

/** Undefined: no such server, or the account is no member of it. */
export async function serverState(
  manager: EntityManager,
  accountId: string,
  serverId: string,
): Promise<ServerState | undefined> {
  const [row] = await manager.query<ServerState[]>(`${stateOf} AND m.server_id = $2`, [accountId, serverId]);
  return row;
}

/** The account's servers, newest first, before a server. */
export function serversBefore(
  manager: EntityManager,
  accountId: string,
  before: string | undefined,
  limit: number,
): Promise<ServerState[]> {
  return manager.query(`${stateOf} AND ($2::uuid IS NULL OR m.server_id < $2) ORDER BY m.server_id DESC LIMIT $3`, [
    accountId,
    before ?? null,
    limit,
  ]);
}

export async function countServersOf(manager: EntityManager, accountId: string): Promise<number> {
  const [row] = await manager.query<{ count: number }[]>(
    'SELECT count(*)::int AS count FROM server_members WHERE account_id = $1',
    [accountId],
  );
  return row?.count ?? 0;
}

/** Makes a server without members; `admitToServer` lets the first one in. */
export async function foundServer(
  manager: EntityManager,
  { id, sealedMeta, at }: { id: string; sealedMeta: Buffer; at: Date },
): Promise<void> {
  await manager.query('INSERT INTO servers (id, sealed_meta, member_count, created_at) VALUES ($1, $2, 0, $3)', [
    id,
    sealedMeta,
    at,
  ]);
}

export async function updateSealedMeta(manager: EntityManager, serverId: string, sealedMeta: Buffer): Promise<void> {
  await manager.query('UPDATE servers SET sealed_meta = $2 WHERE id = $1', [serverId, sealedMeta]);
}

/** Members and invites go with them, by their foreign keys; channels must be gone. */
export async function deleteServers(manager: EntityManager, serverIds: string[]): Promise<void> {
  await manager.query('DELETE FROM servers WHERE id = ANY ($1::uuid[])', [serverIds]);
}

/**
 * Locks are taken in one order everywhere, or they would wait for each other in a circle: accounts, then servers, then
 * heads of channels; of each kind in the order of their ids.
 */
export const serverLocks = {
  /** Until the transaction ends nobody else changes who is in the server, in which role, or what belongs to it. */
  change: 'FOR NO KEY UPDATE',
  /** Until the transaction ends all of that stays as it is; others may rely on it at the same time. */
  rely: 'FOR SHARE',
};

export async function lockServer(
  manager: EntityManager,
  serverId: string,
  lock: keyof typeof serverLocks,
): Promise<void> {
  await manager.query(`SELECT FROM servers WHERE id = $1 ${serverLocks[lock]}`, [serverId]);
}

/** Keeps the account from being deleted until the transaction ends. False: it is deleted already. */
export async function keepAccount(manager: EntityManager, accountId: string): Promise<boolean> {
  const rows = await manager.query<unknown[]>('SELECT FROM accounts WHERE id = $1 FOR KEY SHARE', [accountId]);
  return rows.length === 1;
}

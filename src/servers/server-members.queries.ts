import type { EntityManager } from 'typeorm';
import { ServerRole } from './server-role.js';

export interface ServerMemberFacts {
  serverId: string;
  accountId: string;
  username: string;
  role: ServerRole;
  joinedAt: Date;
}

const facts = 'm.server_id AS "serverId", m.account_id AS "accountId", a.username, m.role, m.joined_at AS "joinedAt"';

export async function serverMemberOf(
  manager: EntityManager,
  serverId: string,
  accountId: string,
): Promise<ServerMemberFacts | undefined> {
  const [row] = await manager.query<ServerMemberFacts[]>(
    `SELECT ${facts} FROM server_members m JOIN accounts a ON a.id = m.account_id
     WHERE m.server_id = $1 AND m.account_id = $2`,
    [serverId, accountId],
  );
  return row;
}

export interface ServerMemberPlace {
  /** RFC 3339. */
  joinedAt: string;
  accountId: string;
}

/** Of each of the servers the members after a place, by how long they have been in it. */
export function serverMembersAfter(
  manager: EntityManager,
  serverIds: string[],
  after: ServerMemberPlace | undefined,
  limit: number,
): Promise<ServerMemberFacts[]> {
  return manager.query(
    `SELECT page.* FROM unnest($1::uuid[]) AS server (id) CROSS JOIN LATERAL (
       SELECT ${facts} FROM server_members m JOIN accounts a ON a.id = m.account_id
       WHERE m.server_id = server.id AND ($2::timestamptz IS NULL OR (m.joined_at, m.account_id) > ($2, $3::uuid))
       ORDER BY m.joined_at, m.account_id LIMIT $4
     ) page`,
    [serverIds, after?.joinedAt ?? null, after?.accountId ?? null, limit],
  );
}

/** Lets an account in, if there are fewer members than the most there may be. */
export async function admitToServer(
  manager: EntityManager,
  {
    serverId,
    accountId,
    role,
    at,
    most,
  }: { serverId: string; accountId: string; role: ServerRole; at: Date; most: number },
): Promise<boolean> {
  const rows = await manager.query<unknown[]>(
    `WITH counted AS (
       UPDATE servers SET member_count = member_count + 1 WHERE id = $1 AND member_count < $5 RETURNING id
     )
     INSERT INTO server_members (server_id, account_id, role, joined_at) SELECT id, $2, $3, $4 FROM counted RETURNING 1`,
    [serverId, accountId, role, at, most],
  );
  return rows.length === 1;
}

export async function dismissFromServer(manager: EntityManager, serverId: string, accountId: string): Promise<void> {
  await manager.query(
    `WITH gone AS (DELETE FROM server_members WHERE server_id = $1 AND account_id = $2 RETURNING server_id)
     UPDATE servers SET member_count = member_count - 1 FROM gone WHERE id = gone.server_id`,
    [serverId, accountId],
  );
}

export async function setServerRole(
  manager: EntityManager,
  serverId: string,
  accountId: string,
  role: `${ServerRole}`,
): Promise<void> {
  await manager.query('UPDATE server_members SET role = $3 WHERE server_id = $1 AND account_id = $2', [
    serverId,
    accountId,
    role,
  ]);
}

/**
 * An account that is deleted leaves all its servers. One that it owned goes to the longest-standing admin, else
 * moderator, else member. Gives the servers that nobody is left in.
 */
export async function leaveAllServers(manager: EntityManager, accountId: string): Promise<string[]> {
  await manager.query(
    `SELECT FROM servers s JOIN server_members m ON m.server_id = s.id AND m.account_id = $1
     ORDER BY s.id FOR NO KEY UPDATE OF s`,
    [accountId],
  );
  // Statements of their own: there is one owner at any moment.
  const left = await manager.query<{ server_id: string; role: ServerRole }[]>(
    `WITH left_servers AS (DELETE FROM server_members WHERE account_id = $1 RETURNING server_id, role)
     SELECT server_id, role FROM left_servers`,
    [accountId],
  );
  const owned = left.filter(({ role }) => role === ServerRole.OWNER).map(({ server_id }) => server_id);
  await manager.query(
    `UPDATE server_members heir SET role = 'OWNER'
     FROM unnest($1::uuid[]) AS server (id) CROSS JOIN LATERAL (
       SELECT account_id FROM server_members WHERE server_id = server.id
       ORDER BY array_position(ARRAY['ADMIN', 'MODERATOR', 'MEMBER'], role), joined_at, account_id LIMIT 1
     ) successor
     WHERE heir.server_id = server.id AND heir.account_id = successor.account_id`,
    [owned],
  );
  const counted = await manager.query<{ id: string; member_count: number }[]>(
    `WITH counted AS (
       UPDATE servers SET member_count = member_count - 1 WHERE id = ANY ($1::uuid[]) RETURNING id, member_count
     ) SELECT id, member_count FROM counted`,
    [left.map(({ server_id }) => server_id)],
  );
  return counted.filter(({ member_count }) => member_count === 0).map(({ id }) => id);
}

import type { EntityManager } from 'typeorm';
import { EntryKind, MembershipChangeKind, membershipChanges } from '../realtime/log-entry.js';
import { LetheError, notFound } from '../errors/lethe-error.js';
import type { Role } from '../servers/rights.js';
import { lockServer } from '../servers/servers.queries.js';
import { ChannelKind, type ChannelRole } from './channel-kind.js';

export const MAX_MEMBERS = 1_500;

export const tooManyMembers = () =>
  new LetheError('LIMIT_REACHED', `A group has at most ${MAX_MEMBERS} members.`, { reason: 'TOO_MANY_MEMBERS' });

export interface MemberRow {
  channelId: string;
  accountId: string;
  username: string;
  /** In the server, where the channel is one of a server. */
  standing: Role;
  role: ChannelRole;
  joinedAt: Date;
  joinedSeq: number;
}

const member = `
  SELECT m.channel_id AS "channelId", m.account_id AS "accountId", a.username, coalesce(s.role, m.role) AS standing,
    CASE s.role WHEN 'MODERATOR' THEN 'MEMBER' ELSE coalesce(s.role, m.role) END AS role,
    m.joined_at AS "joinedAt", m.joined_seq AS "joinedSeq"
  FROM channel_members m
  JOIN accounts a ON a.id = m.account_id
  JOIN channels c ON c.id = m.channel_id
  LEFT JOIN server_members s ON s.server_id = c.server_id AND s.account_id = m.account_id
  WHERE m.left_seq IS NULL`;

export async function memberOf(
  manager: EntityManager,
  channelId: string,
  accountId: string,
): Promise<MemberRow | undefined> {
  const [row] = await manager.query<MemberRow[]>(`${member} AND m.channel_id = $1 AND m.account_id = $2`, [
    channelId,
    accountId,
  ]);
  return row;
}

export interface MemberPlace {
  joinedSeq: number;
  accountId: string;
}

/** Of each of the channels the members after a place, by how long they have been in it. */
export function membersAfter(
  manager: EntityManager,
  channelIds: string[],
  after: MemberPlace | undefined,
  limit: number,
): Promise<MemberRow[]> {
  return manager.query(
    `SELECT page.* FROM unnest($1::uuid[]) AS channel (id) CROSS JOIN LATERAL (
       ${member} AND m.channel_id = channel.id AND ($2::int IS NULL OR (m.joined_seq, m.account_id) > ($2, $3::uuid))
       ORDER BY m.joined_seq, m.account_id LIMIT $4
     ) page`,
    [channelIds, after?.joinedSeq ?? null, after?.accountId ?? null, limit],
  );
}

/** Who takes over when the owner leaves: the longest-standing admin, else member. */
export async function successorOf(
  manager: EntityManager,
  channelId: string,
  owner: string,
): Promise<string | undefined> {
  const [row] = await manager.query<{ account_id: string }[]>(
    `SELECT account_id FROM channel_members WHERE channel_id = $1 AND left_seq IS NULL AND account_id <> $2
     ORDER BY role <> 'ADMIN', joined_seq, account_id LIMIT 1`,
    [channelId, owner],
  );
  return row?.account_id;
}

export async function setRole(
  manager: EntityManager,
  channelId: string,
  accountId: string,
  role: ChannelRole,
): Promise<void> {
  await manager.query(
    'UPDATE channel_members SET role = $3 WHERE channel_id = $1 AND account_id = $2 AND left_seq IS NULL',
    [channelId, accountId, role],
  );
}

/** Takes the locks under which rights in a channel hold: of its server, if it is one of a server, then of its head. */
export async function lockChannel(manager: EntityManager, channelId: string): Promise<void> {
  const [channel] = await manager.query<{ server_id: string | null }[]>(
    'SELECT server_id FROM channels WHERE id = $1',
    [channelId],
  );
  if (typeof channel?.server_id === 'string') await lockServer(manager, channel.server_id, 'rely');
  await lockHead(manager, channelId);
}

/** Takes the head's lock: until the transaction ends nothing else happens in the channel. */
export async function lockHead(manager: EntityManager, channelId: string): Promise<void> {
  await manager.query('SELECT 1 FROM channel_heads WHERE channel_id = $1 FOR NO KEY UPDATE', [channelId]);
}

/** A departure or a lost device leaves somebody out: bodies sealed for them must not be taken any more. */
const CUTS_OFF = 'min_epoch = epoch + 1, ';

const codeOf = (change: MembershipChangeKind) => membershipChanges.indexOf(change);

/** Appends a membership change under the head's lock and gives its place. */
async function append(
  manager: EntityManager,
  channelId: string,
  accountId: string,
  change: MembershipChangeKind,
  at: Date,
): Promise<number> {
  const cutsOff = change === MembershipChangeKind.JOINED ? '' : CUTS_OFF;
  const [row] = await manager.query<{ seq: number }[]>(
    `WITH head AS (
       UPDATE channel_heads SET ${cutsOff}epoch = epoch + 1, last_seq = last_seq + 1, members_seq = last_seq + 1
       WHERE channel_id = $1 RETURNING last_seq, epoch
     )
     INSERT INTO channel_entries (channel_id, seq, kind, epoch, created_at, subject_id, change)
     SELECT $1, last_seq, ${EntryKind.MEMBERSHIP_CHANGE}, epoch, $2, $3, $4 FROM head RETURNING seq`,
    [channelId, at, accountId, codeOf(change)],
  );
  if (!row) throw notFound();
  return row.seq;
}

/**
 * Lets an account in. Throws when the group is full, and the transaction takes the entry back. A channel of a server has
 * room for all of its members.
 */
export async function admit(
  manager: EntityManager,
  { id: channelId, kind }: { id: string; kind: ChannelKind },
  accountId: string,
  at: Date,
): Promise<number> {
  const seq = await append(manager, channelId, accountId, MembershipChangeKind.JOINED, at);
  const rows = await manager.query<unknown[]>(
    `INSERT INTO channel_members (channel_id, account_id, joined_seq, role, joined_at)
     SELECT $1, $2, $3, 'MEMBER', $4
     WHERE $5::int IS NULL OR (SELECT count(*) FROM channel_members WHERE channel_id = $1 AND left_seq IS NULL) < $5
     RETURNING 1`,
    [channelId, accountId, seq, at, kind === ChannelKind.SERVER ? null : MAX_MEMBERS],
  );
  if (rows.length === 0) throw tooManyMembers();
  return seq;
}

export async function dismiss(
  manager: EntityManager,
  channelId: string,
  accountId: string,
  change: MembershipChangeKind.LEFT | MembershipChangeKind.REMOVED,
  at: Date,
): Promise<number> {
  const seq = await append(manager, channelId, accountId, change, at);
  await manager.query(
    'UPDATE channel_members SET left_seq = $3 WHERE channel_id = $1 AND account_id = $2 AND left_seq IS NULL',
    [channelId, accountId, seq],
  );
  return seq;
}

/** Tells every channel of the account that its devices are others now; heads are locked in the order of their ids. */
export async function appendDevicesChanged(
  manager: EntityManager,
  accountId: string,
  cutsOff: boolean,
  at: Date,
): Promise<{ channelId: string; seq: number }[]> {
  // A statement of its own: the next one sees who was let go while this one waited.
  await manager.query(
    `SELECT FROM channel_heads h
     JOIN channel_members m ON m.channel_id = h.channel_id AND m.account_id = $1 AND m.left_seq IS NULL
     ORDER BY h.channel_id FOR NO KEY UPDATE OF h`,
    [accountId],
  );
  return manager.query(
    `WITH head AS (
       UPDATE channel_heads h
       SET ${cutsOff ? 'min_epoch = h.epoch + 1, ' : ''}epoch = h.epoch + 1, last_seq = h.last_seq + 1, members_seq = h.last_seq + 1
       FROM channel_members m WHERE m.channel_id = h.channel_id AND m.account_id = $1 AND m.left_seq IS NULL
       RETURNING h.channel_id, h.last_seq, h.epoch
     )
     INSERT INTO channel_entries (channel_id, seq, kind, epoch, created_at, subject_id, change)
     SELECT channel_id, last_seq, ${EntryKind.MEMBERSHIP_CHANGE}, epoch, $2, $1, $3 FROM head
     RETURNING channel_id AS "channelId", seq`,
    [accountId, at, codeOf(MembershipChangeKind.DEVICES_CHANGED)],
  );
}

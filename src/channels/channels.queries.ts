import type { EntityManager } from 'typeorm';
import { type Role, serverRights } from '../servers/rights.js';
import type { ChannelKind } from './channel-kind.js';

/** A channel, its head, and the viewer's role and open membership, of one moment. */
export interface ChannelState {
  id: string;
  kind: ChannelKind;
  serverId: string | null;
  isPrivate: boolean;
  sealedMeta: Buffer | null;
  defaultTtlSeconds: number | null;
  createdAt: Date;
  epoch: number;
  minEpoch: number;
  headSeq: number;
  /** In the server, where the channel is one of a server. */
  myRole: Role;
  /** Null for who sees the channel without being in it. */
  joinedSeq: number | null;
}

export type JoinedChannelState = ChannelState & { joinedSeq: number };

const columns = `
  c.id, c.kind, c.server_id AS "serverId", c.is_private AS "isPrivate", c.sealed_meta AS "sealedMeta",
  c.default_ttl_seconds AS "defaultTtlSeconds", c.created_at AS "createdAt", h.epoch, h.min_epoch AS "minEpoch",
  h.last_seq AS "headSeq", coalesce(s.role, m.role) AS "myRole", m.joined_seq AS "joinedSeq"`;

/** Members see a channel, and so do those of its server who could join it or manage it. */
const isSeen = `
  (m.account_id IS NOT NULL OR (s.account_id IS NOT NULL AND (NOT c.is_private
    OR s.role IN (${serverRights.manageChannels.roles.map((role) => `'${role}'`).join(', ')}))))`;

/** Those of the channels that the account sees. */
export function channelStates(
  manager: EntityManager,
  accountId: string,
  channelIds: string[],
): Promise<ChannelState[]> {
  return manager.query(
    `SELECT ${columns} FROM channels c
     JOIN channel_heads h ON h.channel_id = c.id
     LEFT JOIN channel_members m ON m.channel_id = c.id AND m.account_id = $1 AND m.left_seq IS NULL
     LEFT JOIN server_members s ON s.server_id = c.server_id AND s.account_id = $1
     WHERE c.id = ANY ($2::uuid[]) AND ${isSeen}`,
    [accountId, channelIds],
  );
}

/** The channels the account is a member of, newest first, before a channel. */
export function channelsBefore(
  manager: EntityManager,
  accountId: string,
  before: string | undefined,
  limit: number,
): Promise<ChannelState[]> {
  return manager.query(
    `SELECT ${columns} FROM channel_members m
     JOIN channels c ON c.id = m.channel_id
     JOIN channel_heads h ON h.channel_id = m.channel_id
     LEFT JOIN server_members s ON s.server_id = c.server_id AND s.account_id = m.account_id
     WHERE m.account_id = $1 AND m.left_seq IS NULL AND ($2::uuid IS NULL OR m.channel_id < $2)
     ORDER BY m.channel_id DESC LIMIT $3`,
    [accountId, before ?? null, limit],
  );
}

/** The channels that accounts see in servers, the oldest first, for many pairs of the two at once. */
export function channelsOfServers(
  manager: EntityManager,
  asked: readonly { accountId: string; serverId: string }[],
): Promise<(ChannelState & { accountId: string; serverId: string })[]> {
  return manager.query(
    `SELECT s.account_id AS "accountId", ${columns}
     FROM (SELECT DISTINCT account_id, server_id FROM unnest($1::uuid[], $2::uuid[]) AS i (account_id, server_id)) asked
     JOIN server_members s ON s.server_id = asked.server_id AND s.account_id = asked.account_id
     JOIN channels c ON c.server_id = s.server_id
     JOIN channel_heads h ON h.channel_id = c.id
     LEFT JOIN channel_members m ON m.channel_id = c.id AND m.account_id = s.account_id AND m.left_seq IS NULL
     WHERE ${isSeen} ORDER BY c.id`,
    [asked.map(({ accountId }) => accountId), asked.map(({ serverId }) => serverId)],
  );
}

/** All of the account's channels with their heads: where a feed begins. */
export function channelHeads(
  manager: EntityManager,
  accountId: string,
): Promise<{ channelId: string; headSeq: number; joinedSeq: number }[]> {
  return manager.query(
    `SELECT m.channel_id AS "channelId", h.last_seq AS "headSeq", m.joined_seq AS "joinedSeq"
     FROM channel_members m JOIN channel_heads h ON h.channel_id = m.channel_id
     WHERE m.account_id = $1 AND m.left_seq IS NULL ORDER BY m.channel_id DESC`,
    [accountId],
  );
}

/** Where those of the accounts that are members of a channel joined it. */
export function placesOfJoining(
  manager: EntityManager,
  channelId: string,
  accountIds: string[],
): Promise<{ accountId: string; joinedSeq: number }[]> {
  return manager.query(
    `SELECT account_id AS "accountId", joined_seq AS "joinedSeq" FROM channel_members
     WHERE channel_id = $1 AND account_id = ANY ($2::uuid[]) AND left_seq IS NULL`,
    [channelId, accountIds],
  );
}

/** Memberships of the accounts that began lately. */
export function joinedSince(
  manager: EntityManager,
  accountIds: string[],
  since: Date,
): Promise<{ channelId: string; accountId: string; joinedSeq: number }[]> {
  return manager.query(
    `SELECT channel_id AS "channelId", account_id AS "accountId", joined_seq AS "joinedSeq"
     FROM channel_members WHERE left_seq IS NULL AND joined_at >= $1 AND account_id = ANY ($2::uuid[])`,
    [since, accountIds],
  );
}

/** Which of the accounts and which of the others are in a channel together now. */
export function whoShareAChannel(
  manager: EntityManager,
  accountIds: string[],
  otherIds: string[],
): Promise<{ accountId: string; otherId: string }[]> {
  return manager.query(
    `SELECT DISTINCT one.account_id AS "accountId", other.account_id AS "otherId"
     FROM channel_members one JOIN channel_members other ON other.channel_id = one.channel_id AND other.left_seq IS NULL
     WHERE one.account_id = ANY ($1::uuid[]) AND one.left_seq IS NULL
       AND other.account_id = ANY ($2::uuid[]) AND other.account_id <> one.account_id`,
    [accountIds, otherIds],
  );
}

export async function countChannelsOf(manager: EntityManager, serverId: string): Promise<number> {
  const [row] = await manager.query<{ count: number }[]>(
    'SELECT count(*)::int AS count FROM channels WHERE server_id = $1',
    [serverId],
  );
  return row?.count ?? 0;
}

export async function updateChannel(
  manager: EntityManager,
  channelId: string,
  { sealedMeta, defaultTtlSeconds }: Pick<ChannelState, 'sealedMeta' | 'defaultTtlSeconds'>,
): Promise<void> {
  await manager.query('UPDATE channels SET sealed_meta = $2, default_ttl_seconds = $3 WHERE id = $1', [
    channelId,
    sealedMeta,
    defaultTtlSeconds,
  ]);
}

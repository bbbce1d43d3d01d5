import type { EntityManager } from 'typeorm';
import type { ChannelKind, ChannelRole } from './channel-kind.js';

/** A channel, its head, and the viewer's open membership, of one moment. */
export interface ChannelState {
  id: string;
  kind: ChannelKind;
  sealedMeta: Buffer | null;
  defaultTtlSeconds: number | null;
  createdAt: Date;
  epoch: number;
  minEpoch: number;
  headSeq: number;
  myRole: ChannelRole;
  joinedSeq: number;
}

const stateOf = `
  SELECT c.id, c.kind, c.sealed_meta AS "sealedMeta", c.default_ttl_seconds AS "defaultTtlSeconds",
    c.created_at AS "createdAt", h.epoch, h.min_epoch AS "minEpoch", h.last_seq AS "headSeq", m.role AS "myRole",
    m.joined_seq AS "joinedSeq"
  FROM channel_members m
  JOIN channels c ON c.id = m.channel_id
  JOIN channel_heads h ON h.channel_id = m.channel_id
  WHERE m.account_id = $1 AND m.left_seq IS NULL`;

/** Those of the channels that the account is a member of. */
export function channelStates(
  manager: EntityManager,
  accountId: string,
  channelIds: string[],
): Promise<ChannelState[]> {
  return manager.query(`${stateOf} AND m.channel_id = ANY ($2::uuid[])`, [accountId, channelIds]);
}

/** The account's channels, newest first, before a channel. */
export function channelsBefore(
  manager: EntityManager,
  accountId: string,
  before: string | undefined,
  limit: number,
): Promise<ChannelState[]> {
  return manager.query(`${stateOf} AND ($2::uuid IS NULL OR m.channel_id < $2) ORDER BY m.channel_id DESC LIMIT $3`, [
    accountId,
    before ?? null,
    limit,
  ]);
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

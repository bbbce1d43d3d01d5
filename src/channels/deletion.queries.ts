import type { EntityManager } from 'typeorm';
import { countBy, type Queryable } from '../database/queryable.js';
import type { FormerMembership } from './former-memberships.js';

/** Each may have ten thousand memberships: so many at once stay well within what a statement may take. */
const CHANNELS_A_STATEMENT = 10;

/**
 * Deletes channels, whose heads must be locked, with their memberships: from the commit on nobody finds them or writes
 * into them. Their entries, of which there may be millions, stay for `eraseDeletedChannels`.
 */
export async function deleteChannels(manager: EntityManager, channelIds: string[], at: Date): Promise<void> {
  for (let from = 0; from < channelIds.length; from += CHANNELS_A_STATEMENT)
    await manager.query(
      `WITH gone AS (DELETE FROM channels WHERE id = ANY ($1::uuid[]) RETURNING id)
       INSERT INTO deleted_channels (channel_id, deleted_at) SELECT id, $2 FROM gone`,
      [channelIds.slice(from, from + CHANNELS_A_STATEMENT), at],
    );
}

/** Who is told that they are out of a channel that is deleted; a hint, and large channels are many. */
const MOST_TOLD = 10_000;

/** Memberships of channels that are about to go, with their heads locked. Of many, those of the channels named first. */
export async function membershipsOf(manager: EntityManager, channelIds: string[]): Promise<FormerMembership[]> {
  const rows = await manager.query<{ id: string; account_id: string }[]>(
    `SELECT channel.id, m.account_id FROM unnest($1::uuid[]) AS channel (id) CROSS JOIN LATERAL (
       SELECT account_id FROM channel_members WHERE channel_id = channel.id AND left_seq IS NULL
     ) m LIMIT $2`,
    [channelIds, MOST_TOLD],
  );
  return rows.map(({ id, account_id }) => [id, account_id]);
}

/** All channels of a server, with their heads locked in the order of their ids. */
export async function lockChannelsOf(manager: EntityManager, serverId: string): Promise<string[]> {
  const heads = await manager.query<{ channel_id: string }[]>(
    `SELECT h.channel_id FROM channel_heads h JOIN channels c ON c.id = h.channel_id
     WHERE c.server_id = $1 ORDER BY h.channel_id FOR NO KEY UPDATE OF h`,
    [serverId],
  );
  return heads.map(({ channel_id }) => channel_id);
}

/** Channels that nobody will be in without the account, those of servers aside, and all channels of the servers. */
export async function emptiedBy(manager: EntityManager, accountId: string, serverIds: string[]): Promise<string[]> {
  const channels = await manager.query<{ id: string }[]>(
    `SELECT c.id FROM channel_members m JOIN channels c ON c.id = m.channel_id AND c.server_id IS NULL
     WHERE m.account_id = $1 AND m.left_seq IS NULL AND NOT EXISTS (
       SELECT FROM channel_members WHERE channel_id = m.channel_id AND left_seq IS NULL AND account_id <> $1)
     UNION SELECT id FROM channels WHERE server_id = ANY ($2::uuid[])`,
    [accountId, serverIds],
  );
  return channels.map(({ id }) => id);
}

/** Erases at most `limit` rows of deleted channels, entries and then the marks of channels that have none left. */
export const eraseDeletedChannels = (database: Queryable, now: Date, limit: number): Promise<number> =>
  countBy(
    database,
    `WITH gone AS MATERIALIZED (
       SELECT channel_id FROM deleted_channels WHERE deleted_at <= $1 ORDER BY deleted_at, channel_id LIMIT $2
     ), entries AS (
       DELETE FROM channel_entries e USING (
         SELECT next.channel_id, next.seq FROM gone CROSS JOIN LATERAL (
           SELECT channel_id, seq FROM channel_entries WHERE channel_id = gone.channel_id ORDER BY seq LIMIT $2
         ) next LIMIT $2
       ) AS doomed WHERE e.channel_id = doomed.channel_id AND e.seq = doomed.seq RETURNING 1
     ), marks AS (
       DELETE FROM deleted_channels WHERE channel_id IN (
         SELECT channel_id FROM gone LIMIT $2 - (SELECT count(*) FROM entries)
       ) RETURNING 1
     )
     SELECT (SELECT count(*) FROM entries) + (SELECT count(*) FROM marks) AS count`,
    [now, limit],
  );

export const countDeletedChannelRows = (database: Queryable, now: Date): Promise<number> =>
  countBy(
    database,
    `WITH gone AS (SELECT channel_id FROM deleted_channels WHERE deleted_at <= $1)
     SELECT (SELECT count(*) FROM gone) + (SELECT count(*) FROM channel_entries JOIN gone USING (channel_id)) AS count`,
    [now],
  );

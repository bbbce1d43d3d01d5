import type { EntityManager } from 'typeorm';
import { EntryKind, MembershipChangeKind, membershipChanges } from '../realtime/log-entry.js';

type Place = { channelId: string; seq: number };

/**
 * Locks the heads of the channels that the account is or was in, and of all channels of the servers, in the order of
 * their ids, as everything does that locks many. Entries that name it stand in former channels, too.
 */
export async function lockHeadsOf(manager: EntityManager, accountId: string, serverIds: string[]): Promise<void> {
  await manager.query(
    `SELECT FROM channel_heads h WHERE channel_id IN (
       SELECT channel_id FROM channel_members WHERE account_id = $1
       UNION SELECT id FROM channels WHERE server_id = ANY ($2::uuid[])
     ) ORDER BY channel_id FOR NO KEY UPDATE`,
    [accountId, serverIds],
  );
}

/**
 * Lets the account go from all channels of the server, each with an entry. Heads are locked first, in the order of
 * their ids, in a statement of its own: the next one sees who has joined while this one waited.
 */
export async function dismissFromChannelsOf(
  manager: EntityManager,
  serverId: string,
  accountId: string,
  change: MembershipChangeKind.LEFT | MembershipChangeKind.REMOVED,
  at: Date,
): Promise<Place[]> {
  await manager.query(
    `SELECT FROM channel_heads h
     JOIN channels c ON c.id = h.channel_id AND c.server_id = $1
     JOIN channel_members m ON m.channel_id = h.channel_id AND m.account_id = $2 AND m.left_seq IS NULL
     ORDER BY h.channel_id FOR NO KEY UPDATE OF h`,
    [serverId, accountId],
  );
  return manager.query(
    `WITH head AS (
       UPDATE channel_heads h
       SET min_epoch = h.epoch + 1, epoch = h.epoch + 1, last_seq = h.last_seq + 1, members_seq = h.last_seq + 1
       FROM channel_members m JOIN channels c ON c.id = m.channel_id AND c.server_id = $1
       WHERE m.account_id = $2 AND m.left_seq IS NULL AND m.channel_id = h.channel_id
       RETURNING h.channel_id, h.last_seq, h.epoch
     ), closed AS (
       UPDATE channel_members m SET left_seq = head.last_seq, delivered_seq = 0, read_seq = 0 FROM head
       WHERE m.account_id = $2 AND m.channel_id = head.channel_id AND m.left_seq IS NULL
     )
     INSERT INTO channel_entries (channel_id, seq, kind, epoch, created_at, subject_id, change)
     SELECT channel_id, last_seq, ${EntryKind.MEMBERSHIP_CHANGE}, epoch, $3, $2, $4 FROM head
     RETURNING channel_id AS "channelId", seq`,
    [serverId, accountId, at, membershipChanges.indexOf(change)],
  );
}

/** Every group the account owns gets another owner, if there is anybody: as when an owner leaves. */
export async function handOver(manager: EntityManager, accountId: string): Promise<void> {
  await manager.query(
    `UPDATE channel_members heir SET role = 'OWNER'
     FROM channel_members mine CROSS JOIN LATERAL (
       SELECT account_id FROM channel_members
       WHERE channel_id = mine.channel_id AND left_seq IS NULL AND account_id <> $1
       ORDER BY role <> 'ADMIN', joined_seq, account_id LIMIT 1
     ) successor
     WHERE mine.account_id = $1 AND mine.left_seq IS NULL AND mine.role = 'OWNER'
       AND heir.channel_id = mine.channel_id AND heir.account_id = successor.account_id AND heir.left_seq IS NULL`,
    [accountId],
  );
}

/**
 * Appends a departure to every channel the account is in, and puts a random id in the account's place, another one in
 * each channel, in this entry and all earlier ones. The key of its direct and notes channels says who is in them to
 * whoever has the server key: it goes as well.
 */
export function forgetAccount(manager: EntityManager, accountId: string, at: Date): Promise<Place[]> {
  return manager.query(
    `WITH pseudonym AS MATERIALIZED (
       SELECT channel_id, gen_random_uuid() AS id FROM (
         SELECT channel_id FROM channel_members WHERE account_id = $1
         -- Of a channel that was deleted only entries may be left.
         UNION SELECT channel_id FROM channel_entries WHERE subject_id = $1
       ) AS known
     ), renamed AS (
       UPDATE channel_entries e SET subject_id = p.id FROM pseudonym p
       WHERE e.subject_id = $1 AND e.channel_id = p.channel_id
     ), unkeyed AS (
       UPDATE channels c SET only_one_key = NULL FROM pseudonym p
       WHERE c.id = p.channel_id AND c.only_one_key IS NOT NULL
     ), head AS (
       UPDATE channel_heads h
       SET min_epoch = h.epoch + 1, epoch = h.epoch + 1, last_seq = h.last_seq + 1, members_seq = h.last_seq + 1
       FROM channel_members m WHERE m.account_id = $1 AND m.left_seq IS NULL AND m.channel_id = h.channel_id
       RETURNING h.channel_id, h.last_seq, h.epoch
     )
     INSERT INTO channel_entries (channel_id, seq, kind, epoch, created_at, subject_id, change)
     SELECT channel_id, last_seq, ${EntryKind.MEMBERSHIP_CHANGE}, epoch, $2, p.id, $3
     FROM head JOIN pseudonym p USING (channel_id)
     RETURNING channel_id AS "channelId", seq`,
    [accountId, at, membershipChanges.indexOf(MembershipChangeKind.LEFT)],
  );
}

import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { ChannelKind } from '../channels/channel-kind.js';
import { Clock } from '../config/clock.js';
import { Pools } from '../database/pools.js';
import { EntryKind } from '../realtime/log-entry.js';
import { isHidden, isThere } from './history.queries.js';
import { MessageStatus } from './receipt.type.js';

/** More than so many nobody counts, nor looks further back for them. */
const MOST_UNREAD = 1_000;
const UNREAD_PLACES = 10_000;

/** The others who were members when a message was posted, and still are. */
const OTHERS = `
  FROM channel_members m JOIN accounts a ON a.id = m.account_id
  WHERE m.channel_id = p.channel_id AND m.left_seq IS NULL AND m.account_id <> $3 AND m.joined_seq < p.seq`;

/**
 * What the others' receipts say of messages. Of whom does not show what they have read, nobody knows that they did; who
 * does not show it sees nobody's. Notes have no other reader; elsewhere nobody may be left who could say anything.
 * In a large channel it ends with the first who has not received the message, and no member leaves PostgreSQL.
 */
const STATUSES = `
  SELECT CASE
    WHEN NOT EXISTS (SELECT ${OTHERS}) THEN CASE c.kind WHEN '${ChannelKind.NOTES}' THEN '${MessageStatus.READ}' ELSE '${MessageStatus.SENT}' END
    WHEN EXISTS (SELECT ${OTHERS} AND m.delivered_seq < p.seq) THEN '${MessageStatus.SENT}'
    WHEN NOT v.read_receipts OR EXISTS (SELECT ${OTHERS} AND (m.read_seq < p.seq OR NOT a.read_receipts))
      THEN '${MessageStatus.DELIVERED}'
    ELSE '${MessageStatus.READ}'
  END AS status
  FROM unnest($1::uuid[], $2::int[]) WITH ORDINALITY AS p (channel_id, seq, n)
  LEFT JOIN channels c ON c.id = p.channel_id LEFT JOIN accounts v ON v.id = $3
  ORDER BY p.n`;

/** What a member has told, and whether they let others see what they have read. */
export interface MemberReceipt {
  accountId: string;
  deliveredSeq: number;
  readSeq: number;
  readReceipts: boolean;
}

const RECEIPTS = `
  SELECT m.account_id AS "accountId", m.delivered_seq AS "deliveredSeq", m.read_seq AS "readSeq", a.read_receipts AS "readReceipts"
  FROM channel_members m JOIN accounts a ON a.id = m.account_id
  WHERE m.channel_id = $1 AND m.left_seq IS NULL`;

const ADVANCE = `
  UPDATE channel_members m
  SET delivered_seq = greatest(m.delivered_seq, $3::int, $4::int), read_seq = greatest(m.read_seq, $4::int)
  FROM (
    SELECT joined_seq, delivered_seq, read_seq FROM channel_members
    WHERE channel_id = $1 AND account_id = $2 AND left_seq IS NULL FOR NO KEY UPDATE
  ) before
  WHERE m.channel_id = $1 AND m.account_id = $2 AND m.joined_seq = before.joined_seq
    AND (before.delivered_seq < greatest($3::int, $4::int) OR before.read_seq < $4::int)
  RETURNING m.delivered_seq > before.delivered_seq AS delivered`;

// In order, or all places in question would be looked at before the first thousand are counted.
const UNREAD = `
  SELECT m.channel_id, (
    SELECT count(*) FROM (
      SELECT FROM channel_entries e
      WHERE e.channel_id = m.channel_id AND e.kind = ${EntryKind.MESSAGE}
        AND e.seq > greatest(m.read_seq, m.joined_seq, h.last_seq - ${UNREAD_PLACES})
        AND ${isThere('$3', 'e')} AND NOT ${isHidden('$2', 'e')}
      ORDER BY e.seq DESC LIMIT ${MOST_UNREAD}
    ) unread
  )::int AS unread
  FROM channel_members m JOIN channel_heads h ON h.channel_id = m.channel_id
  WHERE m.channel_id = ANY ($1::uuid[]) AND m.account_id = $2 AND m.left_seq IS NULL`;

/** Only ever forward. Undefined: nothing moved; otherwise whether the place of delivery did, too. */
export async function advance(
  manager: EntityManager,
  accountId: string,
  { channelId, deliveredSeq, readSeq }: { channelId: string; deliveredSeq: number; readSeq: number },
): Promise<{ delivered: boolean } | undefined> {
  const [rows] = await manager.query<[{ delivered: boolean }[], number]>(ADVANCE, [
    channelId,
    accountId,
    deliveredSeq,
    readSeq,
  ]);
  return rows[0];
}

/** How far members have come. */
@Injectable()
export class ReceiptsQueries {
  constructor(
    private readonly pools: Pools,
    private readonly clock: Clock,
  ) {}

  /** Of everybody who is a member of the channel now. */
  async ofMembers(channelId: string): Promise<MemberReceipt[]> {
    const { rows } = await this.pools.read.query<MemberReceipt>({
      name: 'receipts',
      text: RECEIPTS,
      values: [channelId],
    });
    return rows;
  }

  /** In the order of the messages. */
  async statuses(accountId: string, messages: readonly { channelId: string; seq: number }[]): Promise<MessageStatus[]> {
    const { rows } = await this.pools.read.query<{ status: MessageStatus }>({
      name: 'message statuses',
      text: STATUSES,
      values: [messages.map(({ channelId }) => channelId), messages.map(({ seq }) => seq), accountId],
    });
    return rows.map(({ status }) => status);
  }

  /** Messages that the account has not read, by channel. */
  async unread(accountId: string, channelIds: readonly string[]): Promise<Map<string, number>> {
    const { rows } = await this.pools.read.query<{ channel_id: string; unread: number }>({
      name: 'unread',
      text: UNREAD,
      values: [[...new Set(channelIds)], accountId, this.clock.now()],
    });
    return new Map(rows.map(({ channel_id, unread }) => [channel_id, unread]));
  }

  async hasReadReceipts(accountId: string): Promise<boolean> {
    const { rows } = await this.pools.read.query<{ read_receipts: boolean }>({
      name: 'read receipts',
      text: 'SELECT read_receipts FROM accounts WHERE id = $1',
      values: [accountId],
    });
    return rows[0]?.read_receipts ?? false;
  }
}

import { Injectable } from '@nestjs/common';
import { Clock } from '../config/clock.js';
import { Pools } from '../database/pools.js';
import { entryId } from './entry-id.js';
import { type EntryKind, type LogEntry, membershipChanges } from './log-entry.js';
import { type LogSlice, slice } from './log-slice.js';

/** At most this many entries, and about this many bytes of bodies, make a page. */
export const PAGE_ENTRIES = 100;
export const PAGE_BYTES = 1_048_576;

export interface EntryRow {
  channel_id: string;
  seq: number;
  kind: EntryKind;
  epoch: number;
  refers_to: number | null;
  sealed_body: Buffer | null;
  expires_at: Date | null;
  created_at: Date;
  subject_id: string | null;
  change: number | null;
}

const columns = 'channel_id, seq, kind, epoch, refers_to, sealed_body, expires_at, created_at, subject_id, change';
const columnsOf = (alias: string) => columns.replaceAll(/\w+/g, `${alias}.$&`);

export const entryOfRow = (row: EntryRow): LogEntry => ({
  id: entryId(row.channel_id, row.seq),
  channelId: row.channel_id,
  seq: row.seq,
  kind: row.kind,
  createdAt: row.created_at,
  epoch: row.epoch,
  sealedBody: row.sealed_body,
  refersTo: row.refers_to === null ? null : entryId(row.channel_id, row.refers_to),
  expiresAt: row.expires_at,
  accountId: row.subject_id,
  change: row.change === null ? null : (membershipChanges[row.change] ?? null),
});

/** Entries of one channel between two places, ascending, cut off where they would make more than a page. */
const page = (channelId: string, after: string, upTo: string, limit: string) => `
  SELECT ${columns} FROM (
    SELECT ${columns}, sum(octet_length(sealed_body)) OVER (ORDER BY seq) - octet_length(sealed_body) AS bytes_before
    FROM (
      SELECT ${columns} FROM channel_entries
      WHERE channel_id = ${channelId} AND seq > ${after} AND seq <= ${upTo}
      ORDER BY seq LIMIT ${limit}
    ) AS next
  ) AS sized
  WHERE coalesce(bytes_before, 0) < ${PAGE_BYTES}`;

const READ_FOR = `
  SELECT h.last_seq, h.floor_seq, m.joined_seq, m.left_seq, ${columnsOf('e')}
  FROM channel_heads h
  LEFT JOIN LATERAL (
    SELECT joined_seq, left_seq FROM channel_members
    WHERE channel_id = h.channel_id AND account_id = $2 AND (left_seq IS NULL OR left_seq > $3::int)
    ORDER BY joined_seq LIMIT 1
  ) m ON true
  LEFT JOIN LATERAL (
    ${page('h.channel_id', 'greatest($3::int, h.floor_seq, m.joined_seq - 1)', 'coalesce(m.left_seq, h.last_seq)', '$4::int')}
  ) e ON m.joined_seq IS NOT NULL
  WHERE h.channel_id = $1
  ORDER BY e.seq`;

const READ_AFTER = `
  SELECT ${columnsOf('e')}
  FROM unnest($1::uuid[], $2::int[]) AS p (channel_id, after)
  CROSS JOIN LATERAL (${page('p.channel_id', 'p.after', '2147483647', String(PAGE_ENTRIES))}) e
  ORDER BY e.channel_id, e.seq`;

type SliceRow = { last_seq: number; floor_seq: number; joined_seq: number | null; left_seq: number | null } & (
  EntryRow | { seq: null }
);

/** The log as PostgreSQL keeps it: the truth behind every tail and page. */
@Injectable()
export class LogQueries {
  constructor(
    private readonly pools: Pools,
    private readonly clock: Clock,
  ) {}

  /**
   * What the account may see after a place. One statement, so head, membership and entries are of one moment.
   * Undefined: no such channel.
   */
  async readFor(accountId: string, channelId: string, after: number, limit: number): Promise<LogSlice | undefined> {
    const { rows } = await this.pools.read.query<SliceRow>({
      name: 'read-for',
      text: READ_FOR,
      values: [channelId, accountId, after, limit],
    });
    const [first] = rows;
    if (!first) return undefined;
    return slice({
      after,
      headSeq: first.last_seq,
      floorSeq: first.floor_seq,
      membership: first.joined_seq === null ? undefined : { fromSeq: first.joined_seq, toSeq: first.left_seq },
      entries: rows.flatMap((row) => (row.seq === null ? [] : entryOfRow(row))),
      now: this.clock.now(),
    });
  }

  /** The next entries of many channels at once, for the tails of a process. */
  async readAfter(places: { channelId: string; after: number }[]): Promise<Map<string, LogEntry[]>> {
    const { rows } = await this.pools.read.query<EntryRow>({
      name: 'read-after',
      text: READ_AFTER,
      values: [places.map(({ channelId }) => channelId), places.map(({ after }) => after)],
    });
    const byChannel = new Map<string, LogEntry[]>();
    for (const row of rows) {
      const entries = byChannel.get(row.channel_id) ?? [];
      byChannel.set(row.channel_id, entries);
      entries.push(entryOfRow(row));
    }
    return byChannel;
  }

  async heads(channelIds: string[]): Promise<[channelId: string, seq: number][]> {
    const { rows } = await this.pools.read.query<{ channel_id: string; last_seq: number }>({
      name: 'heads',
      text: 'SELECT channel_id, last_seq FROM channel_heads WHERE channel_id = ANY ($1::uuid[])',
      values: [channelIds],
    });
    return rows.map(({ channel_id, last_seq }) => [channel_id, last_seq]);
  }
}

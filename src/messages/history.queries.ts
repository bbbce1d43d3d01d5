import { Injectable } from '@nestjs/common';
import { Clock } from '../config/clock.js';
import { Pools } from '../database/pools.js';
import { EntryKind, type LogEntry } from '../realtime/log-entry.js';
import { entryOfRow, type EntryRow } from '../realtime/log.queries.js';

/** Whether the account was a member when the entry got its place: what was before or between is not for it. */
export const wasMember = (accountId: string, entry: string): string => `EXISTS (
      SELECT FROM channel_members m
      WHERE m.channel_id = ${entry}.channel_id AND m.account_id = ${accountId} AND m.joined_seq <= ${entry}.seq
        AND (m.left_seq IS NULL OR ${entry}.seq <= m.left_seq)
    )`;

export const isHidden = (accountId: string, entry: string): string => `EXISTS (
      SELECT FROM hidden_messages x
      WHERE x.account_id = ${accountId} AND x.channel_id = ${entry}.channel_id AND x.seq = ${entry}.seq
    )`;

/** Neither retracted nor past its time, whether the sweep has come by already or not. */
export const isThere = (now: string, entry: string): string =>
  `${entry}.sealed_body IS NOT NULL AND (${entry}.expires_at IS NULL OR ${entry}.expires_at > ${now})`;

const messagesBetween = (order: 'ASC' | 'DESC') => `
  SELECT e.channel_id, e.seq, e.kind, e.epoch, e.refers_to, e.sealed_body, e.expires_at, e.created_at, e.subject_id,
    e.change
  FROM channel_entries e
  WHERE e.channel_id = $1 AND e.seq > $3::int AND e.seq < $4::int AND e.kind = ${EntryKind.MESSAGE}
    AND ${isThere('$5', 'e')} AND ${wasMember('$2', 'e')} AND NOT ${isHidden('$2', 'e')}
  ORDER BY e.seq ${order} LIMIT $6::int`;

/** Messages alone, in both directions. */
@Injectable()
export class HistoryQueries {
  constructor(
    private readonly pools: Pools,
    private readonly clock: Clock,
  ) {}

  /** Messages the account may see between two places, neither included. */
  async messages(
    accountId: string,
    channelId: string,
    after: number,
    before: number,
    limit: number,
    order: 'ASC' | 'DESC',
  ): Promise<LogEntry[]> {
    const { rows } = await this.pools.read.query<EntryRow>({
      name: `messages ${order}`,
      text: messagesBetween(order),
      values: [channelId, accountId, after, before, this.clock.now(), limit],
    });
    return rows.map(entryOfRow);
  }
}

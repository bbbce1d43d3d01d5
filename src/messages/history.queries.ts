import { Injectable } from '@nestjs/common';
import { Clock } from '../config/clock.js';
import { Pools } from '../database/pools.js';
import { EntryKind, type LogEntry } from '../realtime/log-entry.js';
import { entryOfRow, type EntryRow } from '../realtime/log.queries.js';

const messagesBetween = (order: 'ASC' | 'DESC') => `
  SELECT e.channel_id, e.seq, e.kind, e.epoch, e.refers_to, e.sealed_body, e.expires_at, e.created_at, e.subject_id,
    e.change
  FROM channel_entries e
  WHERE e.channel_id = $1 AND e.seq > $3::int AND e.seq < $4::int AND e.kind = ${EntryKind.MESSAGE}
    AND e.sealed_body IS NOT NULL AND (e.expires_at IS NULL OR e.expires_at > $5)
    AND EXISTS (
      SELECT 1 FROM channel_members m
      WHERE m.channel_id = $1 AND m.account_id = $2 AND m.joined_seq <= e.seq AND (m.left_seq IS NULL OR e.seq <= m.left_seq)
    )
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

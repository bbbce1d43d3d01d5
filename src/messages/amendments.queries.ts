import { Injectable } from '@nestjs/common';
import { Clock } from '../config/clock.js';
import { Pools } from '../database/pools.js';
import { EntryKind, type LogEntry } from '../realtime/log-entry.js';
import { entryOfRow, type EntryRow } from '../realtime/log.queries.js';
import { isThere, wasMember } from './history.queries.js';

export const MOST_EDITS = 100;
export const MOST_REACTIONS = 250;

/** So many bytes of bodies, and one more body, are shown with a message: 250 reactions, or its newest edits. */
const MOST_BYTES = 65_536;

const AMENDMENTS = `
  SELECT a.* FROM unnest($1::uuid[], $2::int[]) AS p (channel_id, seq)
  CROSS JOIN LATERAL (
    SELECT *, sum(octet_length(sealed_body)) OVER (ORDER BY seq DESC) - octet_length(sealed_body) AS bytes_after
    FROM (
      SELECT e.channel_id, e.seq, e.kind, e.epoch, e.refers_to, e.sealed_body, e.expires_at, e.created_at,
        e.subject_id, e.change
      FROM channel_entries e
      WHERE e.channel_id = p.channel_id AND e.refers_to = p.seq AND e.kind IN (1, 2, 3) AND e.kind = $3::smallint
        AND ${isThere('$5', 'e')} AND ${wasMember('$4', 'e')}
      ORDER BY e.seq DESC LIMIT $6::int
    ) AS newest
  ) a
  WHERE a.bytes_after < ${MOST_BYTES}
  ORDER BY a.channel_id, a.seq`;

/** What became of messages. */
@Injectable()
export class AmendmentsQueries {
  constructor(
    private readonly pools: Pools,
    private readonly clock: Clock,
  ) {}

  /** The live edits of or reactions to each of the messages that the account may see, in the order of the log. */
  async of(
    accountId: string,
    kind: EntryKind.EDIT | EntryKind.REACTION,
    messages: readonly LogEntry[],
  ): Promise<LogEntry[][]> {
    const places = new Map(messages.map((message) => [message.id, message]));
    const { rows } = await this.pools.read.query<EntryRow>({
      name: 'amendments',
      text: AMENDMENTS,
      values: [
        [...places.values()].map(({ channelId }) => channelId),
        [...places.values()].map(({ seq }) => seq),
        kind,
        accountId,
        this.clock.now(),
        kind === EntryKind.EDIT ? MOST_EDITS : MOST_REACTIONS,
      ],
    });
    const found = new Map<string | null, LogEntry[]>();
    for (const entry of rows.map(entryOfRow)) {
      const amendments = found.get(entry.refersTo) ?? [];
      found.set(entry.refersTo, amendments);
      amendments.push(entry);
    }
    return messages.map(({ id }) => found.get(id) ?? []);
  }
}

import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Pools } from '../database/pools.js';
import { PAGE_BYTES } from '../realtime/log.queries.js';
import { LOSE_GONE } from './losing.queries.js';

/** A queue holds so many envelopes and bytes of bodies; above that the oldest go. */
export const MOST_ENVELOPES = 10_000;
export const MOST_BYTES = 64 * 1_048_576;
/** The smallest body has 256 bytes and the largest 65,536: one that comes takes the place of so many at most, twice over. */
const MOST_DROPPED = 512;

export interface StoredEnvelope {
  position: number;
  sealed_body: Buffer;
  created_at: Date;
}

/** A stretch of a queue, with where the queue stood at that moment. */
export interface QueueRows {
  lastPosition: number;
  acknowledgedPosition: number;
  lostPosition: number;
  envelopes: StoredEnvelope[];
}

const READ = `
  SELECT m.last_position, m.acknowledged_position, m.lost_position, e.position, e.sealed_body, e.created_at
  FROM mailboxes m LEFT JOIN LATERAL (
    SELECT position, sealed_body, created_at FROM (
      SELECT position, sealed_body, created_at,
        sum(octet_length(sealed_body)) OVER (ORDER BY position) - octet_length(sealed_body) AS bytes_before
      FROM (
        SELECT position, sealed_body, created_at FROM mailbox_entries
        WHERE device_id = m.device_id AND position > $2::int ORDER BY position LIMIT $3::int
      ) AS next
    ) AS sized
    WHERE bytes_before < ${PAGE_BYTES}
  ) e ON true
  WHERE m.device_id = $1
  ORDER BY e.position`;

// Like everything that changes a queue, it locks the head before any of the envelopes.
const ACKNOWLEDGE = `
  WITH head AS MATERIALIZED (
    SELECT device_id FROM mailboxes WHERE device_id = $1 AND last_position >= $2::int FOR NO KEY UPDATE
  ), gone AS (
    DELETE FROM mailbox_entries e USING head h WHERE e.device_id = h.device_id AND e.position <= $2::int
    RETURNING octet_length(e.sealed_body) AS bytes
  ), total AS (
    SELECT count(*)::int AS count, coalesce(sum(bytes), 0)::int AS bytes FROM gone
  ), moved AS (
    UPDATE mailboxes m SET acknowledged_position = greatest(m.acknowledged_position, $2::int),
      bytes = m.bytes - t.bytes
    FROM head h, total t WHERE m.device_id = h.device_id
  )
  SELECT count FROM head, total`;

const DROP_OLDEST = `
  WITH head AS MATERIALIZED (
    SELECT device_id, last_position, bytes FROM mailboxes WHERE device_id = ANY ($1::uuid[])
    ORDER BY device_id FOR NO KEY UPDATE
  ), oldest AS (
    SELECT h.device_id, e.position, e.position <= h.last_position - ${MOST_ENVELOPES} OR ${MOST_BYTES} <
      h.bytes + e.bytes - sum(e.bytes) OVER (PARTITION BY h.device_id ORDER BY e.position) AS surplus
    FROM head h CROSS JOIN LATERAL (
      SELECT position, octet_length(sealed_body) AS bytes FROM mailbox_entries
      WHERE device_id = h.device_id ORDER BY position LIMIT ${MOST_DROPPED}
    ) e
  ), gone AS (
    DELETE FROM mailbox_entries e USING oldest o
    WHERE o.surplus AND e.device_id = o.device_id AND e.position = o.position
    RETURNING e.device_id, e.position, octet_length(e.sealed_body) AS bytes
  ), ${LOSE_GONE}
  SELECT FROM gone`;

type ReadRow = { last_position: number; acknowledged_position: number; lost_position: number } & (
  StoredEnvelope | { position: null }
);

/**
 * Locks what goes with an account in the order in which deliveries do: foreign keys would delete it in the order of the
 * rows. Devices first, which are held to make queues for them.
 */
export async function lockMailboxesOf(manager: EntityManager, accountId: string): Promise<void> {
  await manager.query('SELECT FROM devices WHERE account_id = $1 ORDER BY id FOR UPDATE', [accountId]);
  await manager.query(
    `SELECT FROM mailboxes WHERE device_id IN (SELECT id FROM devices WHERE account_id = $1)
     ORDER BY device_id FOR UPDATE`,
    [accountId],
  );
}

/** The queues as PostgreSQL keeps them. */
@Injectable()
export class MailboxQueries {
  constructor(private readonly pools: Pools) {}

  /** What lies in the queue after a position. One statement, so head and envelopes are of one moment. */
  async read(deviceId: string, after: number, limit: number): Promise<QueueRows> {
    const { rows } = await this.pools.read.query<ReadRow>({
      name: 'read mailbox',
      text: READ,
      values: [deviceId, after, limit],
    });
    return {
      lastPosition: rows[0]?.last_position ?? 0,
      acknowledgedPosition: rows[0]?.acknowledged_position ?? 0,
      lostPosition: rows[0]?.lost_position ?? 0,
      envelopes: rows.flatMap((row) => (row.position === null ? [] : row)),
    };
  }

  /** Where queues end; one that nothing was ever put into is left out. */
  async heads(deviceIds: string[]): Promise<[deviceId: string, position: number][]> {
    const { rows } = await this.pools.read.query<{ device_id: string; last_position: number }>({
      name: 'mailbox heads',
      text: 'SELECT device_id, last_position FROM mailboxes WHERE device_id = ANY ($1::uuid[])',
      values: [deviceIds],
    });
    return rows.map(({ device_id, last_position }) => [device_id, last_position]);
  }

  /** Deletes up to a position and gives how many went. Undefined: the queue does not reach that far. */
  async acknowledge(deviceId: string, upTo: number): Promise<number | undefined> {
    const { rows } = await this.pools.mailbox.query<{ count: number }>({
      name: 'acknowledge',
      text: ACKNOWLEDGE,
      values: [deviceId, upTo],
    });
    return rows[0]?.count;
  }

  /** Brings queues that hold too much back to what they may hold. */
  async dropOldest(deviceIds: string[]): Promise<void> {
    await this.pools.mailbox.query({ name: 'drop oldest', text: DROP_OLDEST, values: [deviceIds] });
  }
}

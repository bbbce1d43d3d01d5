import { Injectable } from '@nestjs/common';
import { Pools } from '../database/pools.js';

/** Whom envelopes are for, and what they are. */
export interface Addressed {
  recipientId: string;
  /** The device they come from when it is one of the recipient's: it is sent nothing. */
  exceptDeviceId: string | null;
  envelopes: { deviceId: string; registrationId: number; sealedBody: Buffer }[];
}

/** A delivery that is to be stored. */
export interface NewDelivery extends Addressed {
  keyHash: Buffer;
  contentHash: Buffer;
  at: Date;
  /** A day, `YYYY-MM-DD`. */
  forgetKeyOn: string;
}

export interface Mismatch {
  missing: string[];
  extra: string[];
  stale: string[];
}

/** A queue that has grown. */
export interface GrownQueue {
  deviceId: string;
  position: number;
  envelopes: number;
  bytes: number;
}

export type DeliveryVerdict =
  | { outcome: 'delivered'; grown: GrownQueue[] }
  | { outcome: 'duplicate' }
  /** The same key came with other envelopes. */
  | { outcome: 'reused' }
  /** No such account. */
  | { outcome: 'absent' }
  | ({ outcome: 'mismatch' } & Mismatch)
  /** A device had no queue, or has lost it this moment: nothing was decided, make queues and ask again. */
  | { outcome: 'again' };

/** Whether the envelopes are for exactly the active devices. */
const MATCHED = `
  envelope AS (
    SELECT * FROM unnest($3::uuid[], $4::int[], $5::bytea[]) AS e (device_id, registration_id, sealed_body)
  ), device AS (
    SELECT id, registration_id FROM devices WHERE account_id = $1 AND active AND id IS DISTINCT FROM $2::uuid
  ), mismatch AS (
    SELECT array_agg(d.id::text ORDER BY d.id) FILTER (WHERE e.device_id IS NULL) AS missing,
      array_agg(e.device_id::text ORDER BY e.device_id) FILTER (WHERE d.id IS NULL) AS extra,
      array_agg(d.id::text ORDER BY d.id) FILTER (WHERE d.registration_id <> e.registration_id) AS stale
    FROM device d FULL JOIN envelope e ON e.device_id = d.id
  ), matched AS (
    SELECT *, CASE
      WHEN NOT EXISTS (SELECT FROM accounts WHERE id = $1) THEN 'absent'
      WHEN coalesce(missing, extra, stale) IS NOT NULL THEN 'mismatch'
      ELSE 'fits'
    END AS outcome
    FROM mismatch
  )`;

const MATCH = `WITH ${MATCHED} SELECT outcome, missing, extra, stale FROM matched`;

/**
 * The heads of the queues are locked in the order of their devices, and before anything else. A head that was deleted
 * meanwhile, with its device's deactivation, is missed by its number; one that is locked is not deleted before the end.
 */
const DELIVER = `
  WITH ${MATCHED}, judged AS (
    SELECT missing, extra, stale, CASE
      WHEN k.content_hash = $7 THEN 'duplicate'
      WHEN k.content_hash IS NOT NULL THEN 'reused'
      ELSE outcome
    END AS outcome
    FROM matched LEFT JOIN mailbox_retry_keys k ON k.key_hash = $6
  ), head AS MATERIALIZED (
    SELECT device_id FROM mailboxes WHERE device_id = ANY ($3) AND (SELECT outcome FROM judged) = 'fits'
    ORDER BY device_id FOR NO KEY UPDATE
  ), verdict AS (
    SELECT missing, extra, stale, CASE
      WHEN outcome <> 'fits' THEN outcome
      WHEN (SELECT count(*) FROM head) < cardinality($3) THEN 'again'
      ELSE 'delivered'
    END AS outcome
    FROM judged
  ), grown AS (
    UPDATE mailboxes m SET last_position = m.last_position + 1, bytes = m.bytes + octet_length(e.sealed_body),
      newest_at = greatest(m.newest_at, $8)
    FROM envelope e, verdict v
    WHERE m.device_id = e.device_id AND v.outcome = 'delivered'
    RETURNING m.*
  ), written AS (
    INSERT INTO mailbox_entries (device_id, position, sealed_body, created_at)
    SELECT g.device_id, g.last_position, e.sealed_body, g.newest_at FROM grown g JOIN envelope e USING (device_id)
  ), remembered AS (
    INSERT INTO mailbox_retry_keys (key_hash, content_hash, forget_on)
    SELECT $6, $7, $9::date FROM verdict WHERE outcome = 'delivered'
  )
  SELECT v.outcome, v.missing, v.extra, v.stale, g.device_id AS "deviceId", g.last_position AS position, g.bytes,
    g.last_position - greatest(g.acknowledged_position, g.lost_position) AS envelopes
  FROM verdict v LEFT JOIN grown g ON true`;

/** The share lock waits for a deactivation that is going on, and then passes its device by. */
const MAKE_QUEUES = `
  INSERT INTO mailboxes (device_id)
  SELECT id FROM devices d
  WHERE account_id = $1 AND active AND NOT EXISTS (SELECT FROM mailboxes WHERE device_id = d.id)
  ORDER BY id FOR KEY SHARE OF d
  ON CONFLICT DO NOTHING`;

interface MatchRow extends Nullable<Mismatch> {
  outcome: 'absent' | 'mismatch' | 'fits';
}

type VerdictRow = Nullable<Mismatch & GrownQueue> & { outcome: DeliveryVerdict['outcome'] };

type Nullable<T> = { [K in keyof T]: T[K] | null };

/** The statements that fill mailboxes. */
@Injectable()
export class DeliverQueries {
  constructor(private readonly pools: Pools) {}

  /** Stores all of the delivery or nothing, in one statement and so in one commit. */
  async deliver(delivery: NewDelivery): Promise<DeliveryVerdict> {
    const { keyHash, contentHash, at, forgetKeyOn } = delivery;
    const { rows } = await this.pools.mailbox.query<VerdictRow>({
      name: 'deliver',
      text: DELIVER,
      values: [...addressOf(delivery), keyHash, contentHash, at, forgetKeyOn],
    });
    const [first] = rows;
    if (!first) throw new Error('The delivery was given no verdict.');
    const { outcome } = first;
    if (outcome === 'mismatch') return { outcome, ...mismatchOf(first) };
    if (outcome === 'delivered') return { outcome, grown: rows.filter(hasGrown) };
    return { outcome };
  }

  /** Undefined: no such account. All lists empty: the envelopes are for exactly the active devices. */
  async match(addressed: Addressed): Promise<Mismatch | undefined> {
    const { rows } = await this.pools.mailbox.query<MatchRow>({
      name: 'match devices',
      text: MATCH,
      values: addressOf(addressed),
    });
    const [match] = rows;
    return !match || match.outcome === 'absent' ? undefined : mismatchOf(match);
  }

  async makeQueues(accountId: string): Promise<void> {
    await this.pools.mailbox.query({ name: 'make queues', text: MAKE_QUEUES, values: [accountId] });
  }
}

const addressOf = ({ recipientId, exceptDeviceId, envelopes }: Addressed): unknown[] => [
  recipientId,
  exceptDeviceId,
  envelopes.map(({ deviceId }) => deviceId),
  envelopes.map(({ registrationId }) => registrationId),
  envelopes.map(({ sealedBody }) => sealedBody),
];

const mismatchOf = ({ missing, extra, stale }: Nullable<Mismatch>): Mismatch => ({
  missing: missing ?? [],
  extra: extra ?? [],
  stale: stale ?? [],
});

const hasGrown = (row: VerdictRow): row is VerdictRow & GrownQueue => row.deviceId !== null;

import { changedBy, countBy, type Queryable } from '../database/queryable.js';
import { IDS_KEPT_MS, LOW_MARK, STALE_MS } from './pre-key-marks.js';
import { PreKeyKind } from './pre-key.entity.js';

const HOUR_MS = 3600 * 1000;

/** Once a day at most. */
const REMINDED_EVERY_MS = 23 * HOUR_MS;

/** A socket is closed when its access token expires, so who listens has refreshed the session within a quarter of an hour. */
const LISTENS_MS = HOUR_MS;

const ago = (now: Date, milliseconds: number) => new Date(now.getTime() - milliseconds);

export const forgetPreKeys = (database: Queryable, now: Date, limit: number): Promise<number> =>
  changedBy(
    database,
    `DELETE FROM handed_out_pre_keys WHERE (device_id, kind, key_id) IN (
       SELECT device_id, kind, key_id FROM handed_out_pre_keys WHERE handed_out_at <= $1
       ORDER BY handed_out_at LIMIT $2 FOR UPDATE SKIP LOCKED
     )`,
    [ago(now, IDS_KEPT_MS), limit],
  );

export const countPreKeysToForget = (database: Queryable, now: Date): Promise<number> =>
  countBy(database, 'SELECT count(*) FROM handed_out_pre_keys WHERE handed_out_at <= $1', [ago(now, IDS_KEPT_MS)]);

const fewerThan = (least: number, kind: PreKeyKind) =>
  `${least} > (SELECT count(*) FROM (SELECT FROM pre_keys WHERE device_id = d.id AND kind = ${kind} LIMIT ${least}) AS seen)`;

/** As `DeviceSignals` tells a device that begins to listen. */
const IS_STALE = 'd.signed_pre_key_at <= $3';
const IS_LOW = `(${fewerThan(LOW_MARK, PreKeyKind.ONE_TIME)} OR (${fewerThan(1, PreKeyKind.KEM)}
  AND EXISTS (SELECT FROM handed_out_pre_keys WHERE device_id = d.id AND kind = ${PreKeyKind.KEM})))`;

/** Only devices that may be listening: all others are told when they begin to. */
const DUE = `
  FROM devices d
  WHERE d.active AND (d.reminded_at IS NULL OR d.reminded_at <= $2)
    AND d.id IN (SELECT device_id FROM sessions WHERE last_used_at > $1) AND (${IS_STALE} OR ${IS_LOW})`;

const times = (now: Date) => [ago(now, LISTENS_MS), ago(now, REMINDED_EVERY_MS), ago(now, STALE_MS)];

export interface Reminder {
  deviceId: string;
  low: boolean;
  stale: boolean;
}

/** Takes devices that are due a reminder, and writes down that they have got it. */
export async function takeReminders(database: Queryable, now: Date, limit: number): Promise<Reminder[]> {
  const { rows } = await database.query<Reminder & { [column: string]: unknown }>(
    `WITH due AS (
       SELECT d.id, ${IS_LOW} AS low, ${IS_STALE} AS stale ${DUE} ORDER BY d.id LIMIT $4 FOR NO KEY UPDATE SKIP LOCKED
     )
     UPDATE devices SET reminded_at = $5 FROM due WHERE devices.id = due.id
     RETURNING devices.id AS "deviceId", due.low, due.stale`,
    [...times(now), limit, now],
  );
  return rows;
}

export const countReminders = (database: Queryable, now: Date): Promise<number> =>
  countBy(database, `SELECT count(*) ${DUE}`, times(now));

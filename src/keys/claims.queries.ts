import type { Pool } from 'pg';
import type { KemAlgorithm, KeyProfile } from './key-profile.js';
import { LOW_MARK } from './pre-key-marks.js';

/** The account's active devices, the oldest first. Undefined when there is no such account. */
export async function findActiveDeviceIds(pool: Pool, accountId: string): Promise<string[] | undefined> {
  const { rows } = await pool.query<{ ids: string[] }>({
    name: 'find active device ids',
    text: `SELECT ARRAY(SELECT id FROM devices WHERE account_id = $1 AND active ORDER BY id)::text[] AS ids
           FROM accounts WHERE id = $1`,
    values: [accountId],
  });
  return rows[0]?.ids;
}

export interface ClaimedRow {
  deviceId: string;
  registrationId: number;
  profile: KeyProfile;
  identityKey: Buffer;
  signedPreKeyId: number;
  signedPreKey: Buffer;
  signedPreKeySignature: Buffer;
  oneTimeKeyId: number | null;
  oneTimeKey: Buffer | null;
  /** Of the one-time or the last-resort KEM prekey. */
  kemKeyId: number | null;
  kemAlgorithm: KemAlgorithm;
  kemKey: Buffer;
  kemSignature: Buffer;
  /** Whether the stock may have just fallen below the low mark. */
  maybeLow: boolean;
}

/** A claim does not see the keys that others take at the same moment: it wonders this many keys before the mark. */
const WONDERS_BELOW = 2 * LOW_MARK;

/**
 * Takes one one-time prekey of each kind from every device of `pooled`, and shows what else a bundle of each of
 * `deviceIds` needs. One statement: what it deletes it remembers, and no two callers are given the same key, for a
 * locked key is skipped and a deleted one is gone.
 *
 * The share lock comes first, so that an upload or a deactivation, which lock the row, have come before or come after
 * all of this. `picked` locks rows, so PostgreSQL works it out once and never inlines it.
 */
const CLAIM = `
  WITH target AS (
    SELECT * FROM devices WHERE id = ANY($1::uuid[]) AND active ORDER BY id FOR KEY SHARE
  ), picked AS (
    SELECT pre_key.* FROM target CROSS JOIN (VALUES (1), (2)) AS wanted (kind) CROSS JOIN LATERAL (
      SELECT device_id, kind, key_id FROM pre_keys
      WHERE pre_keys.device_id = target.id AND pre_keys.kind = wanted.kind
      ORDER BY key_id FOR UPDATE SKIP LOCKED LIMIT 1
    ) AS pre_key
    WHERE target.id = ANY($2::uuid[])
  ), taken AS (
    DELETE FROM pre_keys USING picked
    WHERE (pre_keys.device_id, pre_keys.kind, pre_keys.key_id) = (picked.device_id, picked.kind, picked.key_id)
    RETURNING pre_keys.*
  ), remembered AS (
    INSERT INTO handed_out_pre_keys (device_id, kind, key_id, key_hash, handed_out_at)
    SELECT device_id, kind, key_id, sha256(public_key), $3::timestamptz FROM taken
    ON CONFLICT ON CONSTRAINT handed_out_pre_keys_pkey
    DO UPDATE SET key_hash = EXCLUDED.key_hash, handed_out_at = EXCLUDED.handed_out_at
  ), fallen_back AS (
    UPDATE devices SET last_resort_used = true FROM target
    WHERE devices.id = target.id AND NOT target.last_resort_used AND target.last_resort_key IS NOT NULL
      AND NOT EXISTS (SELECT FROM taken WHERE taken.device_id = target.id AND taken.kind = 2)
  )
  SELECT target.id AS "deviceId", registration_id AS "registrationId", profile, identity_key AS "identityKey",
         signed_pre_key_id AS "signedPreKeyId", signed_pre_key AS "signedPreKey",
         signed_pre_key_signature AS "signedPreKeySignature",
         one_time.key_id AS "oneTimeKeyId", one_time.public_key AS "oneTimeKey",
         COALESCE(kem.key_id, last_resort_key_id) AS "kemKeyId",
         COALESCE(kem.algorithm, last_resort_algorithm) AS "kemAlgorithm",
         COALESCE(kem.public_key, last_resort_key) AS "kemKey",
         COALESCE(kem.signature, last_resort_signature) AS "kemSignature",
         NOT one_time_low AND $4 > (
           SELECT count(*) FROM (SELECT FROM pre_keys WHERE device_id = target.id AND kind = 1 LIMIT $4) AS seen
         ) OR NOT kem_low AND $4 > (
           SELECT count(*) FROM (SELECT FROM pre_keys WHERE device_id = target.id AND kind = 2 LIMIT $4) AS seen
         ) AS "maybeLow"
  FROM target
  LEFT JOIN taken AS one_time ON one_time.device_id = target.id AND one_time.kind = 1
  LEFT JOIN taken AS kem ON kem.device_id = target.id AND kem.kind = 2
  ORDER BY target.id`;

export async function takeKeys(
  pool: Pool,
  { deviceIds, pooled, now }: { deviceIds: string[]; pooled: string[]; now: Date },
): Promise<ClaimedRow[]> {
  const values = [deviceIds, pooled, now, WONDERS_BELOW];
  const { rows } = await pool.query<ClaimedRow>({ name: 'take keys', text: CLAIM, values });
  return rows;
}

import type { EntityManager } from 'typeorm';
import type { GivenPreKey } from './given-pre-keys.js';
import { type OneTimeKind, PreKeyKind, type ReplacingKind } from './pre-key.entity.js';

export interface PreKeyCounts {
  oneTime: number;
  kem: number;
  /** Whether the device ever published one-time KEM prekeys, as far as is remembered: who never did cannot run out. */
  usesKem: boolean;
}

export async function insertPreKeys(
  manager: EntityManager,
  deviceId: string,
  keys: GivenPreKey<OneTimeKind>[],
): Promise<void> {
  await manager.query(
    `INSERT INTO pre_keys (device_id, kind, key_id, algorithm, public_key, signature)
     SELECT $1::uuid, * FROM unnest($2::smallint[], $3::integer[], $4::text[], $5::bytea[], $6::bytea[])`,
    [
      deviceId,
      keys.map(({ kind }) => kind),
      keys.map(({ keyId }) => keyId),
      keys.map(({ algorithm }) => algorithm),
      keys.map(({ publicKey }) => publicKey),
      keys.map(({ signature }) => signature),
    ],
  );
}

export async function countPreKeys(manager: EntityManager, deviceId: string): Promise<PreKeyCounts> {
  const [counts] = await manager.query<[PreKeyCounts]>(
    `SELECT count(*) FILTER (WHERE kind = $2)::integer AS "oneTime", count(*) FILTER (WHERE kind = $3)::integer AS kem,
            count(*) FILTER (WHERE kind = $3) > 0
              OR EXISTS (SELECT FROM handed_out_pre_keys WHERE device_id = $1 AND kind = $3) AS "usesKem"
     FROM pre_keys WHERE device_id = $1`,
    [deviceId, PreKeyKind.ONE_TIME, PreKeyKind.KEM],
  );
  return counts;
}

export interface KnownPreKey {
  kind: PreKeyKind;
  keyId: number;
  /** SHA-256 of the public key. */
  keyHash: Buffer;
}

/** Of the given ids those that mean a key already: one that is stored, or was handed out or replaced since then. */
export function findKnownPreKeys(
  manager: EntityManager,
  deviceId: string,
  keys: GivenPreKey[],
  since: Date,
): Promise<KnownPreKey[]> {
  return manager.query<KnownPreKey[]>(
    `WITH given AS (
       SELECT * FROM unnest($2::smallint[], $3::integer[]) AS given (kind, key_id)
     )
     SELECT kind, key_id AS "keyId", sha256(public_key) AS "keyHash"
     FROM given JOIN pre_keys USING (kind, key_id) WHERE device_id = $1
     UNION ALL
     SELECT kind, key_id, key_hash
     FROM given JOIN handed_out_pre_keys USING (kind, key_id) WHERE device_id = $1 AND handed_out_at > $4
     UNION ALL
     SELECT kind, key_id, sha256(signed_pre_key)
     FROM given JOIN devices ON kind = $5 AND key_id = signed_pre_key_id WHERE id = $1
     UNION ALL
     SELECT kind, key_id, sha256(last_resort_key)
     FROM given JOIN devices ON kind = $6 AND key_id = last_resort_key_id WHERE id = $1`,
    [
      deviceId,
      keys.map(({ kind }) => kind),
      keys.map(({ keyId }) => keyId),
      since,
      PreKeyKind.SIGNED,
      PreKeyKind.LAST_RESORT,
    ],
  );
}

/** Called before another signed or last-resort prekey takes the place of the one in use. */
export async function rememberReplaced(
  manager: EntityManager,
  deviceId: string,
  kind: ReplacingKind,
  at: Date,
): Promise<void> {
  const [id, key] =
    kind === PreKeyKind.SIGNED ? ['signed_pre_key_id', 'signed_pre_key'] : ['last_resort_key_id', 'last_resort_key'];
  await manager.query(
    `INSERT INTO handed_out_pre_keys (device_id, kind, key_id, key_hash, handed_out_at)
     SELECT id, $2, ${id}, sha256(${key}), $3 FROM devices WHERE id = $1 AND ${id} IS NOT NULL
     ON CONFLICT ON CONSTRAINT handed_out_pre_keys_pkey
     DO UPDATE SET key_hash = EXCLUDED.key_hash, handed_out_at = EXCLUDED.handed_out_at`,
    [deviceId, kind, at],
  );
}

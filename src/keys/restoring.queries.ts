import type { EntityManager } from 'typeorm';
import { STALE_MS } from './pre-key-marks.js';

/**
 * After a backup came back nobody knows which prekeys were handed out since it was made, and a one-time key must not be
 * handed out twice. All of them go, remembered as if they had been; the last-resort keys count as used and the signed
 * ones as old, so that every device is told to publish new ones when it comes back. Gives how many one-time keys went.
 */
export async function distrustPreKeys(manager: EntityManager, at: Date): Promise<number> {
  const [dropped] = await manager.query<[{ count: number }]>(
    `WITH dropped AS (
       DELETE FROM pre_keys RETURNING device_id, kind, key_id, public_key
     ), remembered AS (
       INSERT INTO handed_out_pre_keys (device_id, kind, key_id, key_hash, handed_out_at)
       SELECT device_id, kind, key_id, sha256(public_key), $1 FROM dropped
       ON CONFLICT ON CONSTRAINT handed_out_pre_keys_pkey
       DO UPDATE SET key_hash = EXCLUDED.key_hash, handed_out_at = EXCLUDED.handed_out_at
     )
     SELECT count(*)::integer FROM dropped`,
    [at],
  );
  await manager.query(
    `UPDATE devices SET one_time_low = true, kem_low = true, last_resort_used = last_resort_key IS NOT NULL,
       signed_pre_key_at = LEAST(signed_pre_key_at, $1)
     WHERE active`,
    [new Date(at.getTime() - STALE_MS)],
  );
  return dropped.count;
}

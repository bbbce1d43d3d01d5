import { createHash } from 'node:crypto';
import type { EntityManager } from 'typeorm';
import type { Device } from './device.type.js';

/**
 * Keeps the account from getting two devices at once until the transaction ends. The key share locks of foreign keys
 * pass by it. False when there is no such account.
 */
export async function lockAccount(manager: EntityManager, accountId: string): Promise<boolean> {
  const rows = await manager.query<unknown[]>('SELECT FROM accounts WHERE id = $1 FOR NO KEY UPDATE', [accountId]);
  return rows.length === 1;
}

/**
 * Whether an active device of another account has the identity key. Nobody else gets to know until the transaction
 * ends: there is no row yet that one could lock, so a number made of the key is locked.
 */
export async function isForeignIdentityKey(
  manager: EntityManager,
  accountId: string,
  identityKey: Buffer,
): Promise<boolean> {
  const lock = createHash('sha256').update(identityKey).digest().readBigInt64BE();
  await manager.query('SELECT pg_advisory_xact_lock($1)', [lock.toString()]);
  const rows = await manager.query<unknown[]>(
    'SELECT FROM devices WHERE identity_key = $1 AND active AND account_id <> $2 LIMIT 1',
    [identityKey, accountId],
  );
  return rows.length > 0;
}

/** Of each account at most 100: the active ones and the latest of the others. In all the oldest first. */
export function listDevices(manager: EntityManager, accountIds: string[]): Promise<Device[]> {
  return manager.query<Device[]>(
    `SELECT device.id, device.account_id AS "accountId", device.profile, device.registration_id AS "registrationId",
            device.identity_key AS "identityKey", device.sealed_name AS "sealedName", device.active,
            device.created_at AS "createdAt"
     FROM unnest($1::uuid[]) AS account (id) CROSS JOIN LATERAL (
       SELECT * FROM devices WHERE account_id = account.id ORDER BY active DESC, id DESC LIMIT 100
     ) AS device
     ORDER BY device.id`,
    [accountIds],
  );
}

import type { EntityManager } from 'typeorm';
import { AccountRow } from './account.entity.js';

/**
 * The account as it is now and stays until the transaction ends. With a password hash: null when the password changed
 * since, so that an old password does nothing after the new one is set.
 */
export function lockedAccount(manager: EntityManager, id: string, passwordHash?: string): Promise<AccountRow | null> {
  return manager.findOne(AccountRow, {
    where: { id, ...(passwordHash !== undefined && { passwordHash }) },
    lock: { mode: 'for_no_key_update' },
  });
}

import type { EntityManager } from 'typeorm';
import type { SealedTotpSecret } from './totp-secrets.js';

/** Answers false when codes are asked for already. */
export async function beginTotp(
  manager: EntityManager,
  accountId: string,
  { totpSecret, totpKeyVersion }: SealedTotpSecret,
): Promise<boolean> {
  const [, changed] = await manager.query<[unknown[], number]>(
    `UPDATE accounts SET totp_secret = $2, totp_key_version = $3, totp_last_step = NULL
     WHERE id = $1 AND NOT totp_confirmed`,
    [accountId, totpSecret, totpKeyVersion],
  );
  return changed === 1;
}

export async function confirmTotp(manager: EntityManager, accountId: string, step: number): Promise<void> {
  await manager.query('UPDATE accounts SET totp_confirmed = true, totp_last_step = $2 WHERE id = $1', [
    accountId,
    step,
  ]);
}

/** Compares and sets in one statement: of two who come with the code of one step, one wins. */
export async function useStep(
  manager: EntityManager,
  accountId: string,
  step: number,
  sealed: SealedTotpSecret,
): Promise<boolean> {
  const [, changed] = await manager.query<[unknown[], number]>(
    `UPDATE accounts SET totp_last_step = $2, totp_secret = $3, totp_key_version = $4
     WHERE id = $1 AND totp_confirmed AND totp_last_step < $2`,
    [accountId, step, sealed.totpSecret, sealed.totpKeyVersion],
  );
  return changed === 1;
}

export async function disableTotp(manager: EntityManager, accountId: string): Promise<boolean> {
  const [, changed] = await manager.query<[unknown[], number]>(
    `WITH codes AS (DELETE FROM recovery_codes WHERE account_id = $1)
     UPDATE accounts SET totp_secret = NULL, totp_key_version = NULL, totp_last_step = NULL, totp_confirmed = false
     WHERE id = $1 AND totp_confirmed`,
    [accountId],
  );
  return changed === 1;
}

/** Deleting it is using it: of two who come with one code, one finds it. */
export async function useRecoveryCode(manager: EntityManager, accountId: string, codeHash: Buffer): Promise<boolean> {
  const [, deleted] = await manager.query<[unknown[], number]>(
    'DELETE FROM recovery_codes WHERE account_id = $1 AND code_hash = $2',
    [accountId, codeHash],
  );
  return deleted === 1;
}

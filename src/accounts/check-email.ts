import { timingSafeEqual } from 'node:crypto';
import type { DataSource } from 'typeorm';
import type { Secrets } from '../config/secrets.js';
import { emailAddress, hashOfEmail } from './email-address.js';

export type EmailCheck = 'SAME' | 'OTHER' | 'NONE' | 'UNKNOWN_PEPPER';

/**
 * Whether an account was registered with the address: for an operator who is written to by somebody who says so. An
 * address that was hashed under the pepper before is hashed under the current one, now that it is known again.
 */
export async function checkEmail(
  dataSource: DataSource,
  { emailPeppers }: Pick<Secrets, 'emailPeppers'>,
  username: string,
  address: string,
): Promise<EmailCheck> {
  const [account] = await dataSource.query<{ id: string; hash: Buffer; version: number }[]>(
    `SELECT id, email_hash AS hash, email_pepper_version AS version FROM accounts
     WHERE username = $1 AND email_hash IS NOT NULL`,
    [username.toLowerCase()],
  );
  if (!account) return 'NONE';
  const pepper = emailPeppers.find(({ version }) => version === account.version);
  if (!pepper) return 'UNKNOWN_PEPPER';
  const given = emailAddress.safeParse(address);
  if (!given.success || !timingSafeEqual(hashOfEmail(given.data, pepper).emailHash, account.hash)) return 'OTHER';
  const { emailHash, emailPepperVersion } = hashOfEmail(given.data, emailPeppers[0]);
  await dataSource.query('UPDATE accounts SET email_hash = $2, email_pepper_version = $3 WHERE id = $1', [
    account.id,
    emailHash,
    emailPepperVersion,
  ]);
  return 'SAME';
}

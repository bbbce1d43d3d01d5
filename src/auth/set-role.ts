import type { DataSource } from 'typeorm';
import type { AccountRole } from './account-role.js';

/** Grants a role by hand; every process knows it with the next question. Answers whether there is such an account. */
export async function setRole(dataSource: DataSource, username: string, role: AccountRole): Promise<boolean> {
  const [, changed] = await dataSource.query<[unknown[], number]>('UPDATE accounts SET role = $2 WHERE username = $1', [
    username.toLowerCase(),
    role,
  ]);
  return changed === 1;
}

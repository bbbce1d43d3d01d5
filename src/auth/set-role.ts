import type { DataSource } from 'typeorm';
import { newId } from '../graphql/new-id.js';
import type { AccountRole } from './account-role.js';
import { SecurityEventKind } from './security-event.type.js';

/** Grants a role by hand; every process knows it with the next question. Answers whether there is such an account. */
export async function setRole(dataSource: DataSource, username: string, role: AccountRole, at: Date): Promise<boolean> {
  const rows = await dataSource.query<unknown[]>(
    `WITH account AS (
       SELECT id, role FROM accounts WHERE username = $1 FOR NO KEY UPDATE
     ), changed AS (
       UPDATE accounts SET role = $2 FROM account WHERE accounts.id = account.id AND account.role <> $2
       RETURNING accounts.id
     ), told AS (
       INSERT INTO security_events (id, account_id, kind, at) SELECT $3, id, $4, $5 FROM changed
     )
     SELECT FROM account`,
    [username.toLowerCase(), role, newId(at), SecurityEventKind.ROLE_CHANGED, at],
  );
  return rows.length === 1;
}

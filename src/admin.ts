import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DataSource } from 'typeorm';
import { AccountRole } from './auth/account-role.js';
import { setRole } from './auth/set-role.js';
import { Clock } from './config/clock.js';
import { readSettings, type Settings } from './config/settings.js';
import { dataSourceOptions } from './database/data-source-options.js';
import { findRunningPostgres } from './database/embedded-postgres/running-postgres.js';
import { migrate } from './database/migrate.js';
import { openDatabase } from './open-database.js';
import { startFailure } from './start-failure.js';

// `npm run admin -- grant <username>`: makes an administrator, by whoever can reach the database.

const roles: Record<string, AccountRole> = { grant: AccountRole.ADMIN, revoke: AccountRole.USER };
const usage = 'Usage: npm run admin -- grant <username>\n       npm run admin -- revoke <username>\n';

const [verb = '', username, ...more] = process.argv.slice(2);
const role = roles[verb];
try {
  if (existsSync('.env')) process.loadEnvFile();
  if (role === undefined || username === undefined || more.length > 0) say(usage, 2);
  else await give(role, username, readSettings(process.env));
} catch (error) {
  say(startFailure(error), 1);
}

async function give(role: AccountRole, username: string, settings: Settings): Promise<void> {
  // A relay that is running on the embedded PostgreSQL goes on running.
  const running = settings.DATABASE_URL ?? (await findRunningPostgres(join(settings.LETHE_DATA, 'postgres')));
  const database = await openDatabase({ ...settings, DATABASE_URL: running });
  try {
    const dataSource = await new DataSource(dataSourceOptions(database.url)).initialize();
    // As the relay does at its start: the database may be new, or older than this command.
    const found = await migrate(dataSource)
      .then(() => setRole(dataSource, username, role, new Clock().now()))
      .finally(() => dataSource.destroy());
    if (!found) say(`There is no account "${username}".\n`, 1);
    else say(role === AccountRole.ADMIN ? `${username} is an administrator.\n` : withdrawn(username, settings), 0);
  } finally {
    await database.close();
  }
}

function withdrawn(username: string, { LETHE_ADMINS }: Settings): string {
  const listed = LETHE_ADMINS.some((name) => name.toLowerCase() === username.toLowerCase());
  return listed
    ? `${username} is still an administrator: LETHE_ADMINS names them.\n`
    : `${username} is not an administrator.\n`;
}

function say(text: string, exitCode: number): void {
  (exitCode === 0 ? process.stdout : process.stderr).write(text);
  process.exitCode = exitCode;
}

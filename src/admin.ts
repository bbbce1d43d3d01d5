import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { DataSource } from 'typeorm';
import { checkEmail, type EmailCheck } from './accounts/check-email.js';
import { openBlobStore } from './attachments/open-blob-store.js';
import { AccountRole } from './auth/account-role.js';
import { setRole } from './auth/set-role.js';
import { Clock } from './config/clock.js';
import { readSecrets } from './config/secrets.js';
import { readSettings } from './config/read-settings.js';
import type { Settings } from './config/settings.js';
import { dataSourceOptions } from './database/data-source-options.js';
import { findRunningPostgres } from './database/embedded-postgres/running-postgres.js';
import { migrate } from './database/migrate.js';
import { Log } from './errors/log.js';
import { openDatabase } from './open-database.js';
import { restored } from './restored.js';
import { startFailure } from './start-failure.js';

// `npm run admin -- …`: what is left to whoever can reach the database.

const roles: Record<string, AccountRole> = { grant: AccountRole.ADMIN, revoke: AccountRole.USER };
const usage = `Usage: npm run admin -- grant <username>
       npm run admin -- revoke <username>
       npm run admin -- check-email <username>   (the address on standard input)
       npm run admin -- restored                 (once, after a backup was restored and before a relay starts)
`;

const emailChecks: Record<EmailCheck, string> = {
  SAME: 'The account was registered with this address.',
  OTHER: 'The account was registered with another address.',
  NONE: 'There is no such account, or it has no address.',
  UNKNOWN_PEPPER: 'The address was hashed under a pepper that is not set any more; nobody can tell.',
};

const [verb = '', username, ...more] = process.argv.slice(2);
const role = roles[verb];
try {
  if (existsSync('.env')) process.loadEnvFile();
  if (verb === 'restored' && username === undefined) await afterRestore(readSettings(process.env));
  else if (username === undefined || more.length > 0) say(usage, 2);
  else if (role !== undefined) await give(role, username, readSettings(process.env));
  else if (verb === 'check-email') await check(username, readSettings(process.env));
  else say(usage, 2);
} catch (error) {
  say(startFailure(error), 1);
}

async function give(role: AccountRole, username: string, settings: Settings): Promise<void> {
  const found = await inDatabase(settings, (dataSource) => setRole(dataSource, username, role, new Clock().now()));
  if (!found) say(`There is no account "${username}".\n`, 1);
  else say(role === AccountRole.ADMIN ? `${username} is an administrator.\n` : withdrawn(username, settings), 0);
}

async function check(username: string, settings: Settings): Promise<void> {
  // Not an argument: those stand in the shell's history and in the list of processes.
  const address = await text(process.stdin);
  const result = await inDatabase(settings, (dataSource) =>
    checkEmail(dataSource, readSecrets(settings), username, address),
  );
  say(`${emailChecks[result]}\n`, result === 'SAME' ? 0 : 1);
}

async function afterRestore(settings: Settings): Promise<void> {
  const clock = new Clock();
  const store = await openBlobStore(settings, readSecrets(settings), clock, new Log(settings.LETHE_LOG_LEVEL));
  const done = await inDatabase(settings, (dataSource) => restored(dataSource, store, clock.now()));
  if (!done) return say('Relays are running on this database. Stop all of them first.\n', 1);
  const { sessions, preKeys, channels, mailboxes, invites, files } = done;
  say(
    `The deployment has a new epoch: cursors from before the restore are answered STREAM_RESET.
${sessions} sessions ended.
${preKeys} one-time prekeys dropped; devices are told to publish new ones.
${channels} channels need new seals.
${mailboxes} mailboxes go on far above, and say that envelopes may be lost.
${invites} invites revoked.
${files.unknown} files that no attachment knows of are deleted in 24 hours, by the chores of a relay.
${files.missing} files that attachments speak of are not in the store; a backup of the files may hold them.
`,
    0,
  );
}

async function inDatabase<T>(settings: Settings, work: (dataSource: DataSource) => Promise<T>): Promise<T> {
  // A relay that is running on the embedded PostgreSQL goes on running.
  const running = settings.DATABASE_URL ?? (await findRunningPostgres(join(settings.LETHE_DATA, 'postgres')));
  const database = await openDatabase({ ...settings, DATABASE_URL: running });
  try {
    const dataSource = await new DataSource(dataSourceOptions(database.url, 'lethe admin')).initialize();
    // As the relay does at its start: the database may be new, or older than this command.
    return await migrate(dataSource)
      .then(() => work(dataSource))
      .finally(() => dataSource.destroy());
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

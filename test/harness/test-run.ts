import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../../src/database/data-source-options.js';
import { startEmbeddedPostgres } from '../../src/database/embedded-postgres/embedded-postgres.js';
import { migrate } from '../../src/database/migrate.js';
import { inPostgres, nameInRun, urlOfDatabase } from './postgres-for-tests.js';

const FOLDER = 'lethe-tests-';

let closing: (() => Promise<unknown>)[] = [];

/** Provides the PostgreSQL of one run: `TEST_DATABASE_URL`, or an embedded one of its own. */
export async function beginRun(): Promise<void> {
  process.env.LETHE_TEST_RUN = randomBytes(4).toString('hex');
  process.env.LETHE_TEST_POSTGRES = process.env.TEST_DATABASE_URL ?? (await startOwnPostgres());
  await showPresence();
  await dropLeftDatabases();
  await createTemplate();
}

export async function endRun(): Promise<void> {
  const steps = closing;
  closing = [];
  for (const close of steps) await close();
}

async function startOwnPostgres(): Promise<string> {
  await removeLeftServers();
  const folder = await mkdtemp(join(tmpdir(), `${FOLDER}${process.pid}-`));
  closing.unshift(() => rm(folder, { recursive: true, force: true }));
  try {
    const server = await startEmbeddedPostgres({
      dataFolder: join(folder, 'postgres'),
      settings: { max_connections: '300' },
    });
    closing.unshift(() => server.stop());
    return server.url;
  } catch (error) {
    await endRun();
    throw new Error(`No PostgreSQL for the tests; TEST_DATABASE_URL would name another one.\n${String(error)}`);
  }
}

/** A run that was killed leaves its server running. */
async function removeLeftServers(): Promise<void> {
  const folders = (await readdir(tmpdir())).filter((name) => name.startsWith(FOLDER));
  for (const name of folders.filter((name) => !isAlive(Number(name.slice(FOLDER.length).split('-')[0])))) {
    const folder = join(tmpdir(), name);
    // A start takes over what was left, whatever state it is in. Another user's folder is theirs to remove.
    await startEmbeddedPostgres({ dataFolder: join(folder, 'postgres') })
      .then((server) => server.stop())
      .then(() => rm(folder, { recursive: true, force: true }))
      .catch(() => undefined);
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** A connection as long as the run: by it other runs on this server see that its databases are in use. */
async function showPresence(): Promise<void> {
  const connectionString = process.env.LETHE_TEST_POSTGRES;
  const client = new pg.Client({ connectionString, application_name: nameInRun('') });
  await client.connect();
  closing.unshift(() => client.end());
  closing.unshift(() => dropDatabases(`datname LIKE '${nameInRun('%')}'`));
}

const dropLeftDatabases = () =>
  dropDatabases(
    `datname ~ '^lethe_test_[0-9a-f]{8}_' AND NOT EXISTS
     (SELECT FROM pg_stat_activity WHERE application_name = substring(pg_database.datname, 1, 20))`,
  );

const dropDatabases = (which: string) =>
  inPostgres(async (client) => {
    const { rows } = await client.query<{ datname: string }>(`SELECT datname FROM pg_database WHERE ${which}`);
    for (const { datname } of rows) await client.query(`DROP DATABASE IF EXISTS ${datname} WITH (FORCE)`);
  });

async function createTemplate(): Promise<void> {
  const template = nameInRun('template');
  await inPostgres((client) => client.query(`CREATE DATABASE ${template}`));
  const dataSource = await new DataSource(dataSourceOptions(urlOfDatabase(template))).initialize();
  await migrate(dataSource);
  await dataSource.destroy();
}

import { randomBytes } from 'node:crypto';
import pg from 'pg';

const fromSetUp = (name: 'LETHE_TEST_POSTGRES' | 'LETHE_TEST_RUN'): string => {
  const value = process.env[name];
  if (!value) throw new Error('No PostgreSQL for tests: run them through jest, whose global set-up provides one.');
  return value;
};

/** Names the databases of one run, so that runs at the same time on one server leave each other alone. */
export const nameInRun = (name: string) => `lethe_test_${fromSetUp('LETHE_TEST_RUN')}_${name}`;

export const urlOfDatabase = (name: string) => {
  const url = new URL(fromSetUp('LETHE_TEST_POSTGRES'));
  url.pathname = `/${name}`;
  return url.toString();
};

export async function inPostgres<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: fromSetUp('LETHE_TEST_POSTGRES') });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** A database of one's own with the schema in place. */
export async function freshDatabase(): Promise<{ url: string; drop: () => Promise<void> }> {
  const name = nameInRun(randomBytes(6).toString('hex'));
  await inPostgres((client) => client.query(`CREATE DATABASE ${name} TEMPLATE ${nameInRun('template')}`));
  const drop = async () => {
    await inPostgres((client) => client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`));
  };
  return { url: urlOfDatabase(name), drop };
}

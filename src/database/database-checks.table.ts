import type { MigrationInterface } from 'typeorm';
import type { Pool } from 'pg';
import type { Clock } from '../config/clock.js';
import { dataSourceOptions } from './data-source-options.js';
import { CONNECTIONS_OF_A_PROCESS } from './pools.js';

export interface DatabaseCheck {
  /** What is looked at. */
  name: string;
  /** Whether a production start refuses it, or the doctor alone speaks of it; `advice` does not make it unwell. */
  weight: 'refuses start' | 'unwell' | 'advice';
  /** What is wrong and what to do; undefined when it is well. */
  fault: (database: Pool, clock: Clock) => Promise<string | undefined>;
}

const OLDEST_VERSION = 150_000;
/** Tokens and expiries are judged by clocks of several machines. */
const MOST_SKEW_MS = 5_000;

async function one<Row extends object>(database: Pool, text: string): Promise<Row> {
  const { rows } = await database.query<Row>(text);
  return rows[0] as Row;
}

/** Durable on acknowledgement holds only when PostgreSQL writes before it answers. */
const durability = ['fsync', 'synchronous_commit', 'full_page_writes'].map((name): DatabaseCheck => ({
  name: `PostgreSQL runs with ${name}`,
  weight: 'refuses start',
  async fault(database) {
    const { setting } = await one<{ setting: string }>(database, `SELECT current_setting('${name}') AS setting`);
    return setting === 'off'
      ? `PostgreSQL runs with ${name} = off: an acknowledged message could be lost; set it to on`
      : undefined;
  },
}));

/** What is asked of PostgreSQL, at a production start and by `npm run doctor`. */
export const databaseChecks: DatabaseCheck[] = [
  {
    name: 'PostgreSQL is recent enough',
    weight: 'refuses start',
    async fault(database) {
      const { version, words } = await one<{ version: number; words: string }>(
        database,
        `SELECT current_setting('server_version_num')::int AS version, current_setting('server_version') AS words`,
      );
      return version < OLDEST_VERSION
        ? `DATABASE_URL leads to PostgreSQL ${words}; the relay needs 15 or newer`
        : undefined;
    },
  },
  {
    name: 'PostgreSQL takes writes',
    weight: 'refuses start',
    async fault(database) {
      const { replica } = await one<{ replica: boolean }>(
        database,
        `SELECT pg_is_in_recovery() OR current_setting('default_transaction_read_only')::bool AS replica`,
      );
      return replica ? 'DATABASE_URL leads to a replica, or to a database that takes no writes' : undefined;
    },
  },
  ...durability,
  {
    name: 'the schema is that of this version',
    weight: 'unwell',
    fault: async (database) => migrationsFault(await appliedMigrations(database)),
  },
  {
    name: 'the clocks agree',
    weight: 'unwell',
    async fault(database, clock) {
      const before = clock.now().getTime();
      const { now } = await one<{ now: Date }>(database, 'SELECT clock_timestamp() AS now');
      // Read at some moment between the two.
      const after = clock.now().getTime();
      const skew = Math.max(before - now.getTime(), now.getTime() - after, 0);
      return skew > MOST_SKEW_MS
        ? `the clocks of this machine and of PostgreSQL are ${Math.round(skew / 1000)} s apart; let both keep time (NTP)`
        : undefined;
    },
  },
  {
    name: 'PostgreSQL has room for the connections',
    weight: 'unwell',
    async fault(database) {
      const { most } = await one<{ most: number }>(
        database,
        `SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int AS most`,
      );
      return most < CONNECTIONS_OF_A_PROCESS
        ? `PostgreSQL lets ${most} connections in and each relay process opens up to ${CONNECTIONS_OF_A_PROCESS}; raise max_connections`
        : undefined;
    },
  },
  {
    name: 'PostgreSQL keeps what people send out of its log',
    weight: 'advice',
    async fault(database) {
      const { rows } = await database.query<{ name: string }>(TALKATIVE);
      const names = rows.map(({ name }) => name).join(', ');
      return names === ''
        ? undefined
        : `PostgreSQL may write usernames and ciphertext into its own log (${names}); docs/operating.md says how to set them`;
    },
  },
];

/** Settings by which values of statements, or rows that a constraint refused, get into the log of PostgreSQL. */
const TALKATIVE = `
  SELECT name FROM pg_settings WHERE
    name = 'log_error_verbosity' AND setting <> 'terse'
    OR name = 'log_parameter_max_length_on_error' AND setting <> '0'
    OR name = 'log_parameter_max_length' AND setting <> '0' AND EXISTS (SELECT FROM pg_settings WHERE
      name = 'log_statement' AND setting IN ('mod', 'all')
      OR name IN ('log_min_duration_statement', 'log_min_duration_sample') AND setting <> '-1'
      OR name = 'log_transaction_sample_rate' AND setting <> '0'
      OR name = 'log_duration' AND setting = 'on')
  ORDER BY name`;

const knownMigrations = () => {
  const migrations = dataSourceOptions('').migrations as (new () => MigrationInterface)[];
  return migrations.map(({ name }) => name);
};

async function appliedMigrations(database: Pool): Promise<string[]> {
  const { exists } = await one<{ exists: boolean }>(database, `SELECT to_regclass('migrations') IS NOT NULL AS exists`);
  if (!exists) return [];
  const { rows } = await database.query<{ name: string }>('SELECT name FROM migrations');
  return rows.map(({ name }) => name);
}

function migrationsFault(applied: string[]): string | undefined {
  const known = knownMigrations();
  if (applied.some((name) => !known.includes(name)))
    return 'a newer version of the relay has changed the database; run that version, or restore a backup from before';
  const pending = known.filter((name) => !applied.includes(name)).length;
  return pending > 0
    ? `${pending} of ${known.length} migrations are to come; starting the relay applies them`
    : undefined;
}

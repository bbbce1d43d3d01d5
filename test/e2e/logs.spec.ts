import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { graphql } from '../harness/graphql-client.js';
import { register } from '../harness/people.js';
import { freshDatabase } from '../harness/postgres-for-tests.js';
import { buildRelay, RelayProcess } from '../harness/relay-process.js';
import { within } from '../harness/within.js';

interface Line {
  level: string;
  time: string;
  msg: string;
  ref?: string;
  fault?: Record<string, unknown>;
}

/** All that may stand in a line. A new fact is one that names nobody. */
const FACTS = ['level', 'time', 'msg', 'ref', 'fault', 'version'];
const CHORE_FACTS = ['chore', 'outcome', 'dryRun', 'affected', 'milliseconds', 'error'];
const FAULT_FACTS = ['name', 'code', 'table', 'constraint', 'frames'];

beforeAll(buildRelay, 120_000);

it('tells operators when the relay starts, what goes wrong under which ref, and when it stops', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lethe-logs-'));
  const database = await freshDatabase();
  const relay = RelayProcess.run(folder, { NODE_ENV: 'test', LETHE_HOST: '127.0.0.1', DATABASE_URL: database.url });
  const url = await relay.ready();
  const lines = () =>
    relay.output.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as Line] : []));
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();

  const { accessToken } = await register({ url }, 'alice');
  await client.query('ALTER TABLE security_events RENAME TO elsewhere');
  const { errors = [] } = await graphql(url, '{ securityEvents { nodes { id } } }', {}, accessToken);
  await client.query('ALTER TABLE elsewhere RENAME TO security_events');
  const claim = 'mutation ($id: ID!) { claimKeyBundles(userId: $id) { deviceId } }';
  const claims = () => graphql(url, claim, { id: '00000000-0000-4000-8000-000000000000' }, accessToken);
  await claims();
  await client.query(
    'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()',
  );
  await within(5_000, () => lines().some(({ msg }) => msg.startsWith('PostgreSQL ended connections')));
  await within(5_000, async () => {
    await claims();
    return lines().some(({ msg }) => msg === 'PostgreSQL answers again');
  });
  await client.end();
  relay.signal('SIGTERM');
  await relay.ended;

  const said = lines().filter(({ msg }) => msg !== 'chore');
  expect(said.map(({ level, msg }) => `${level}: ${msg}`)).toEqual([
    'info: started',
    'error: unexpected error',
    'warn: PostgreSQL ended connections: clients are told to try again until it answers',
    'info: PostgreSQL answers again',
    'info: stopping',
    'info: stopped',
  ]);
  const [unexpected] = lines().filter(({ ref }) => ref !== undefined);
  expect(unexpected).toMatchObject({ ref: errors[0]?.extensions.ref, fault: { code: '42P01' } });
  for (const { fault = {}, ...facts } of lines()) {
    expect(Object.keys(facts).filter((name) => ![...FACTS, ...CHORE_FACTS].includes(name))).toEqual([]);
    expect(Object.keys(fault).filter((name) => !FAULT_FACTS.includes(name))).toEqual([]);
  }
  await database.drop();
  await rm(folder, { recursive: true, force: true });
}, 60_000);

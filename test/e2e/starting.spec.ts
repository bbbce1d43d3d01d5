import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { login, register } from '../harness/people.js';
import { urlOfDatabase } from '../harness/postgres-for-tests.js';
import { RawSocket } from '../harness/raw-socket.js';
import { buildRelay, RelayProcess } from '../harness/relay-process.js';
import { within } from '../harness/within.js';

const STACK_FRAME = /^\s+at .+:\d+:\d+\)?$/m;

let folder: string;
let relays: RelayProcess[];

beforeAll(buildRelay, 120_000);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lethe-starting-'));
  relays = [];
});

afterEach(async () => {
  for (const relay of relays) await relay.kill();
  await endPostgres();
  await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
});

function start(settings: Record<string, string> = {}): RelayProcess {
  const relay = RelayProcess.run(folder, settings);
  relays.push(relay);
  return relay;
}

async function failureOf(settings: Record<string, string>): Promise<string> {
  const relay = start(settings);
  expect(await relay.ended).toBe(1);
  return relay.errors;
}

const postmasterFile = () => join(folder, 'data', 'postgres', 'postmaster.pid');
const postmaster = async () => Number((await readFile(postmasterFile(), 'utf8')).split('\n')[0]);

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** A relay that was killed leaves its server behind. */
async function endPostgres(): Promise<void> {
  if (!existsSync(postmasterFile())) return;
  const pid = await postmaster();
  if (isAlive(pid)) process.kill(pid, 'SIGINT');
  await within(10_000, () => !isAlive(pid));
}

/** Does what the banner says one can try. */
async function tryIt(banner: string): Promise<unknown> {
  const [, url = '', name = '', value = '', body] = /curl (\S+) -H '([^:]+): ([^']+)' -d '([^']+)'/.exec(banner) ?? [];
  const response = await fetch(url, { method: 'POST', headers: { [name]: value }, body });
  return response.json();
}

async function takenPort(): Promise<{ server: Server; port: string }> {
  const server = createServer().listen(0, '0.0.0.0');
  await once(server, 'listening');
  return { server, port: String((server.address() as AddressInfo).port) };
}

it('starts in an empty folder, says what runs where, and stops when it is told to', async () => {
  const relay = start();
  const url = await relay.ready();
  const pid = await postmaster();

  expect(relay.output).toContain(`PostgreSQL  embedded, in ${folder}/data/postgres`);
  expect(relay.output).toContain(`Data        ${folder}/data`);
  expect(relay.output).toContain(`${url}/graphql`);
  expect(await tryIt(relay.output)).toEqual({ data: { __typename: 'Query' } });

  relay.signal('SIGTERM');

  expect(await relay.ended).toBe(0);
  expect(relay.errors).toBe('');
  expect(isAlive(pid)).toBe(false);
});

it('has everything again after kill -9, and is ready quickly', async () => {
  const killed = start();
  const { account } = await register({ url: await killed.ready() }, 'alice');
  await killed.kill();

  const began = performance.now();
  const relay = start();
  const url = await relay.ready();

  // Said to take less than 3 s; a busy machine gets more.
  expect(performance.now() - began).toBeLessThan(10_000);
  expect((await login({ url }, 'alice')).account.id).toBe(account.id);
});

it('stops with npm, whose shell passes no signal on', async () => {
  const npm = RelayProcess.npmStart(folder);
  relays.push(npm);
  await npm.ready();
  const pid = await postmaster();

  npm.signal('SIGTERM');
  await npm.ended;

  await within(15_000, () => !isAlive(pid));
}, 90_000);

it('ends at once when it is told a second time', async () => {
  const relay = start({ LETHE_DRAIN_MS: '600000' });
  const url = await relay.ready();
  const pid = await postmaster();
  const { accessToken } = await register({ url }, 'alice');
  // The first is closed at once; the second is a long while from its turn.
  await RawSocket.as({ url }, accessToken);
  await RawSocket.as({ url }, accessToken);
  let code: unknown = 'running';
  void relay.ended.then((ended) => (code = ended));

  await within(10_000, () => {
    relay.signal('SIGTERM');
    return code !== 'running';
  });

  expect(code).toBe(1);
  await within(10_000, () => !isAlive(pid));
});

it('reads a .env file, and names every setting that is of no use', async () => {
  await writeFile(join(folder, '.env'), 'LETHE_LOG_LEVEL=loud\n');

  const said = await failureOf({ PORT: 'eighty' });

  expect(said).toContain('LETHE_LOG_LEVEL:');
  expect(said).toContain('PORT:');
  expect(said).not.toMatch(STACK_FRAME);
});

it('refuses unsafe defaults in production, naming each', async () => {
  const said = await failureOf({ NODE_ENV: 'production', LETHE_LIMIT_SCALE: '10' });

  for (const name of ['DATABASE_URL', 'LETHE_SIGNING_KEY', 'LETHE_SERVER_KEY', 'LETHE_EMAIL_PEPPER']) {
    expect(said).toContain(`${name} must be set in production`);
  }
  expect(said).toContain('LETHE_LIMIT_SCALE_IN_PRODUCTION');
  expect(said).toContain('LETHE_PUBLIC_URL');
  expect(said).not.toMatch(STACK_FRAME);
});

it('says which port is taken, and leaves no PostgreSQL behind', async () => {
  const { server, port } = await takenPort();

  const said = await failureOf({ PORT: port });
  server.close();

  expect(said).toContain(`Port ${port} is taken`);
  expect(said).not.toMatch(STACK_FRAME);
  expect(existsSync(join(folder, 'data', 'postgres', 'PG_VERSION'))).toBe(true);
  expect(existsSync(postmasterFile())).toBe(false);
});

it('says that the database cannot be reached, and keeps its password to itself', async () => {
  const { server, port } = await takenPort();
  server.close();
  await once(server, 'close');

  const said = await failureOf({ DATABASE_URL: `postgres://lethe:hunter2@127.0.0.1:${port}/lethe` });

  expect(said).toContain('PostgreSQL cannot be reached');
  expect(said).toContain('DATABASE_URL');
  expect(said).not.toContain('hunter2');
  expect(said).not.toMatch(STACK_FRAME);
});

it('says that the database does not exist', async () => {
  const said = await failureOf({ DATABASE_URL: urlOfDatabase('lethe_nowhere') });

  expect(said).toContain('The database of DATABASE_URL does not exist');
  expect(said).not.toMatch(STACK_FRAME);
});

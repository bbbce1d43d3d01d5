import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SchedulerRegistry } from '@nestjs/schedule';
import { DataSource } from 'typeorm';
import { AccountRole } from '../../src/auth/account-role.js';
import { setRole } from '../../src/auth/set-role.js';
import { ChoreRunner } from '../../src/maintenance/chore-runner.service.js';
import { chores } from '../../src/maintenance/chores.js';
import { Administrator, type Run } from '../harness/administrator.js';
import { bodiesLeft, writeExpired } from '../harness/expired-messages.js';
import { refusal } from '../harness/graphql-client.js';
import { people, Person } from '../harness/person.js';
import { RawSocket } from '../harness/raw-socket.js';
import { buildRelay, RelayProcess } from '../harness/relay-process.js';
import { startRelay, type TestRelay } from '../harness/relay.js';
import { within } from '../harness/within.js';

const expiring = chores.find(({ name }) => name === 'expire-messages')!;
const [env, onTheClock] = [{ LETHE_ADMINS: 'root' }, { LETHE_ADMINS: 'root', LETHE_CHORES: 'true' }];

let relay: TestRelay;
let second: TestRelay;
let root: Administrator;

beforeEach(async () => {
  relay = await startRelay({ env });
  root = await Administrator.registers(relay, 'root');
});
afterEach(() => relay.stop());

const running = async () => {
  const [run] = await root.runsOf('expire-messages');
  return run !== undefined && run.outcome === 'RUNNING' && run.affected > 0;
};
const affectedBy = (runs: Run[]) => runs.reduce((sum, { affected }) => sum + affected, 0);

// Sweeps are to be caught in the middle, so they are no small ones.
jest.setTimeout(90_000);

describe('a chore', () => {
  it('is done once in its slot, however many processes come to it', async () => {
    second = await startRelay({ beside: relay, env });
    await writeExpired(relay, 10_000);
    const runners = [relay, second].map(({ app }) => app.get(ChoreRunner));
    const at = (slot: Date) => Promise.all(runners.map((runner) => runner.run(expiring, { slot, dryRun: false })));
    const slot = relay.clock.now();
    // Whoever of the two comes later finds it being done, and after that, done.
    const runs = [...(await at(slot)), ...(await at(slot))];
    expect(runs.filter((run) => run !== undefined)).toMatchObject([{ outcome: 'SUCCEEDED', affected: 10_000 }]);
    await at(new Date(slot.getTime() + 60_000));
    expect(await root.runsOf('expire-messages')).toMatchObject([{ affected: 0 }, { affected: 10_000 }]);
    await second.stop();
  });

  it('is on the clock of every process that may do chores, in UTC, and off it when that stops', async () => {
    expect(relay.app.get(SchedulerRegistry).getCronJobs().size).toBe(0);
    second = await startRelay({ beside: relay, env: onTheClock });
    const jobs = second.app.get(SchedulerRegistry).getCronJobs();
    expect([...jobs.keys()].sort()).toEqual(chores.map(({ name }) => name).sort());
    const hourly = jobs.get('forget-senders')!;
    expect(hourly.nextDate().toUTC().toFormat('mm:ss')).toBe('07:00');
    await Promise.all([jobs.get('expire-messages')!.fireOnTick(), jobs.get('expire-messages')!.fireOnTick()]);
    await within(5_000, async () => (await root.runsOf('expire-messages'))[0]?.outcome === 'SUCCEEDED');
    expect(await root.runsOf('expire-messages')).toHaveLength(1);
    await second.stop();
    expect(jobs.size).toBe(0);
  });

  it('stops between two batches when its process is told to, and the next run goes on', async () => {
    second = await startRelay({ beside: relay, env });
    await writeExpired(relay, 60_000);
    const stopped = second.app.get(ChoreRunner).run(expiring, { slot: null, dryRun: false });
    await within(20_000, running);
    await second.stop();
    expect(await stopped).toMatchObject({ outcome: 'FAILED', error: 'SHUTTING_DOWN' });
    expect(await bodiesLeft(relay)).toBeGreaterThan(0);
    expect(await root.runs('expire-messages')).toMatchObject({ outcome: 'SUCCEEDED' });
    const runs = await root.runsOf('expire-messages');
    expect([await bodiesLeft(relay), affectedBy(runs)]).toEqual([0, 60_000]);
  });

  it('is skipped by whoever asks for it while it is running', async () => {
    await writeExpired(relay, 60_000);
    const first = root.runs('expire-messages');
    await within(20_000, running);
    expect(await root.runs('expire-messages')).toMatchObject({ outcome: 'SKIPPED', affected: 0, error: null });
    expect(await root.runs('forget-senders')).toMatchObject({ outcome: 'SUCCEEDED' });
    expect(await first).toMatchObject({ outcome: 'SUCCEEDED', affected: 60_000 });
  });

  it('fails alone when PostgreSQL is lost, and says so', async () => {
    await writeExpired(relay, 60_000);
    const first = root.runs('expire-messages');
    await within(20_000, running);
    await relay.rows(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND application_name = 'lethe chores'`,
    );
    expect(await first).toMatchObject({ outcome: 'FAILED', error: 'DATABASE_DOWN' });
    expect(await root.runs('expire-messages')).toMatchObject({ outcome: 'SUCCEEDED' });
    // A batch may have been done whose answer was lost.
    expect(await bodiesLeft(relay)).toBe(0);
  });

  it('takes less at a time when a batch is too much', async () => {
    const limits: number[] = [];
    const impatient = {
      ...expiring,
      name: 'impatient',
      batchSize: 400,
      batch: async (...[database, , limit]: Parameters<typeof expiring.batch>) => {
        limits.push(limit);
        await database.query("SET statement_timeout = '50ms'");
        await database.query('SELECT pg_sleep($1)', [limit > 100 ? 1 : 0]);
        return limits.length > 4 ? 0 : limit;
      },
    };
    const run = await relay.app.get(ChoreRunner).run(impatient, { slot: null, dryRun: false });
    expect(limits).toEqual([400, 200, 100, 100, 100]);
    expect(run).toMatchObject({ outcome: 'SUCCEEDED', affected: 200 });
  });

  it('goes through the erasing of large bodies as well', async () => {
    await writeExpired(relay, 300, { bytes: 65_536, channels: 3 });
    expect(await root.runs('expire-messages')).toMatchObject({ affected: 300 });
  });
});

describe('with a process of its own', () => {
  let folder: string;

  beforeAll(buildRelay, 120_000);
  beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'lethe-chores-'))));
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('a chore survives kill -9 of it: the run is found failed, and the rest is done', async () => {
    const settings = { LETHE_DATA: relay.dataFolder, DATABASE_URL: relay.databaseUrl, ...env };
    const process = RelayProcess.run(folder, { ...settings, LETHE_CHORES: 'false' });
    const rootThere = root.movesTo({ url: await process.ready() });
    await rootThere.runs('forget-senders');
    const [line] = process.output.split('\n').filter((text) => text.includes('forget-senders'));
    expect(JSON.parse(line!)).toEqual({
      level: 'info',
      time: expect.any(String) as string,
      chore: 'forget-senders',
      outcome: 'SUCCEEDED',
      dryRun: false,
      affected: 0,
      milliseconds: expect.any(Number) as number,
      msg: 'chore',
    });
    await writeExpired(relay, 60_000);
    const lost = rootThere.runs('expire-messages').catch(() => 'lost');
    await within(20_000, running);
    await process.kill();
    expect(await lost).toBe('lost');
    // PostgreSQL gives the lock back when it has noticed.
    await within(60_000, async () => (await root.runs('expire-messages')).outcome === 'SUCCEEDED');
    expect(await bodiesLeft(relay)).toBe(0);
    const killed = (await root.runsOf('expire-messages')).at(-1)!;
    expect(killed).toMatchObject({ outcome: 'FAILED', error: 'PROCESS_ENDED' });
    expect(killed.affected).toBeGreaterThan(0);
  });
});

describe('administrators', () => {
  const operations = {
    chores: '{ chores { name } }',
    choreRuns: '{ choreRuns { nodes { id } } }',
    relayStats: '{ relayStats { accounts } }',
    runChore: 'mutation { runChore(input: { name: "expire-messages" }) { id } }',
  };
  const refusals = async (person: Person) => {
    const answers = await Promise.all(Object.values(operations).map((document) => person.tries(document)));
    return [...new Set(answers.map((answer) => (answer.errors ? refusal(answer) : 'taken')))];
  };

  it('alone see and run chores, and no longer than they are administrators', async () => {
    const [alice] = (await people(relay, 'alice')) as [Person];
    expect(await refusals(root)).toEqual(['taken']);
    expect(await refusals(alice)).toEqual(['FORBIDDEN/ADMIN_ONLY']);
    const database = relay.app.get(DataSource);
    await setRole(database, 'alice', AccountRole.ADMIN, relay.clock.now());
    expect(await refusals(alice)).toEqual(['taken']);
    await setRole(database, 'alice', AccountRole.USER, relay.clock.now());
    expect(await refusals(alice)).toEqual(['FORBIDDEN/ADMIN_ONLY']);
    const socket = await RawSocket.as(relay, alice.token);
    expect(refusal(await socket.asks(operations.relayStats))).toBe('FORBIDDEN/ADMIN_ONLY');
  });

  it('see every chore with its newest run, and page through the runs', async () => {
    const { chores: before } = await root.asks<{ chores: { name: string; lastRun: Run | null }[] }>(
      '{ chores { name description schedule lastRun { id outcome } } }',
    );
    expect(before.map(({ name }) => name)).toEqual(chores.map(({ name }) => name));
    expect(new Set(before.map(({ lastRun }) => lastRun))).toEqual(new Set([null]));
    for (const name of ['expire-messages', 'forget-senders', 'expire-messages']) await root.runs(name);
    const all = await root.runsOf('expire-messages');
    const { chores: after } = await root.asks<{ chores: { name: string; lastRun: Run | null }[] }>(
      '{ chores { name lastRun { id } } }',
    );
    expect(after.find(({ name }) => name === 'expire-messages')!.lastRun!.id).toBe(all[0]!.id);
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const query =
        'query ($after: Cursor) { choreRuns(first: 2, after: $after) { nodes { chore } pageInfo { hasNextPage endCursor } } }';
      const {
        choreRuns,
      }: { choreRuns: { nodes: Run[]; pageInfo: { hasNextPage: boolean; endCursor: string | null } } } =
        await root.asks(query, { after: cursor });
      seen.push(...choreRuns.nodes.map(({ chore }) => chore));
      cursor = choreRuns.pageInfo.hasNextPage ? choreRuns.pageInfo.endCursor : null;
    } while (cursor);
    expect(seen).toEqual(['expire-messages', 'forget-senders', 'expire-messages']);
  });

  it('see how much there is, in all processes together', async () => {
    const stats = async () =>
      (
        await root.asks<{ relayStats: Record<string, number> }>(
          '{ relayStats { accounts devices channels messages attachmentsBytes openSockets } }',
        )
      ).relayStats;
    expect(await stats()).toEqual({
      accounts: 1,
      devices: 1,
      channels: 0,
      messages: 0,
      attachmentsBytes: 0,
      openSockets: 0,
    });
    const group = await root.makesGroupWith();
    await root.posts(group, 'hello');
    const socket = await RawSocket.as(relay, root.token);
    expect(await stats()).toMatchObject({ channels: 1, messages: 1, openSockets: 1 });
    await relay.rows('INSERT INTO relay_processes VALUES (gen_random_uuid(), 5, $1)', [relay.clock.now()]);
    expect(await stats()).toMatchObject({ openSockets: 6 });
    // It was killed: nothing has been heard of it since.
    relay.clock.advance({ seconds: 31 });
    expect(await stats()).toMatchObject({ openSockets: 1 });
    socket.webSocket.close();

    second = await startRelay({ beside: relay, env });
    const processes = () => relay.rows('SELECT FROM relay_processes');
    // Rows of which nothing was heard go as soon as another process tells of itself, and its own when it stops.
    await within(5_000, async () => (await processes()).length === 1);
    await second.stop();
    expect(await processes()).toEqual([]);

    await writeExpired(relay, 120_000);
    await relay.rows('ANALYZE channel_entries');
    expect((await stats()).messages).toBeGreaterThan(110_000);
  });
});

import { ChoreRunner } from '../../src/maintenance/chore-runner.service.js';
import { chores } from '../../src/maintenance/chores.js';
import { bodiesLeft, writeExpired } from '../harness/expired-messages.js';
import { people, type Person } from '../harness/person.js';
import { startRelay, type TestRelay } from '../harness/relay.js';

const MILLION = 1_000_000;
/** Generous: a batch takes a tenth of it, and PostgreSQL ends one that takes longer. */
const MOST_MS = 3_000;

let relay: TestRelay;

beforeAll(async () => {
  relay = await startRelay();
});
afterAll(() => relay.stop());

/** Posts one message after the other until told. Gives how long each took. */
async function keepPosting(person: Person, channelId: string, until: { over: boolean }): Promise<number[]> {
  const took: number[] = [];
  while (!until.over) {
    const began = performance.now();
    await person.posts(channelId, `${took.length}`, { expiresInSeconds: 3_600 });
    took.push(performance.now() - began);
  }
  return took;
}

/** How long a transaction of the sweep was open at most, looked at ten times a second. */
async function oldestTransaction(until: { over: boolean }): Promise<number> {
  let oldest = 0;
  while (!until.over) {
    const [row] = await relay.rows<{ milliseconds: number }>(
      `SELECT coalesce(max(extract(epoch FROM clock_timestamp() - xact_start)) * 1000, 0)::float8 AS milliseconds
       FROM pg_sleep(0.1), pg_stat_activity
       WHERE datname = current_database() AND application_name = 'lethe chores'`,
    );
    oldest = Math.max(oldest, row!.milliseconds);
  }
  return oldest;
}

it('sweeps a million expired messages while posting goes on, and nothing waits for more than a batch', async () => {
  const [alice] = (await people(relay, 'alice')) as [Person];
  const group = await alice.makesGroupWith();
  await writeExpired(relay, MILLION, { channels: 500 });
  const chore = chores.find(({ name }) => name === 'expire-messages')!;

  const until = { over: false };
  const posting = keepPosting(alice, group, until);
  const watching = oldestTransaction(until);
  const began = performance.now();
  const run = await relay.app
    .get(ChoreRunner)
    .run(chore, { slot: null, dryRun: false })
    .finally(() => (until.over = true));
  const seconds = (performance.now() - began) / 1_000;
  const took = (await posting).sort((a, b) => a - b);
  const [median, slowest, oldest] = [took[took.length >> 1]!, took.at(-1)!, await watching].map(Math.round);
  process.stdout.write(
    `Swept ${Math.round(MILLION / seconds)} messages a second. Meanwhile ${took.length} posts: ` +
      `median ${median} ms, slowest ${slowest} ms. Longest batch seen: ${oldest} ms.\n`,
  );

  expect(run).toMatchObject({ outcome: 'SUCCEEDED', affected: MILLION });
  expect(await bodiesLeft(relay)).toBe(took.length);
  expect(took.length).toBeGreaterThan(100);
  expect(slowest).toBeLessThan(MOST_MS);
  expect(oldest).toBeLessThan(MOST_MS);
}, 300_000);

import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Viewer } from '../../src/auth/viewer.js';
import { PresenceWatch } from '../../src/presence/presence.live.js';
import { SignsOfLife } from '../../src/presence/signs-of-life.js';
import { refusal } from '../harness/graphql-client.js';
import { Hearing } from '../harness/hearing.js';
import { people, Person } from '../harness/person.js';
import { login } from '../harness/people.js';
import { describeWithRedis, startRedis, type TestRedis } from '../harness/redis.js';
import { buildRelay, RelayProcess } from '../harness/relay-process.js';
import { startRelay, type TestRelay } from '../harness/relay.js';
import { within } from '../harness/within.js';

interface Presence {
  accountId: string;
  status: string;
  lastActiveAt: string | null;
}

const SEEN = 'accountId status lastActiveAt';

const look = async (viewer: Person, ...others: { id: string }[]): Promise<Presence[]> =>
  (
    await viewer.asks<{ presence: Presence[] }>(`query ($ids: [ID!]!) { presence(accountIds: $ids) { ${SEEN} } }`, {
      ids: others.map(({ id }) => id),
    })
  ).presence;

const statusOf = async (viewer: Person, other: { id: string }) => (await look(viewer, other))[0]!.status;

const says = (person: Person, status: string, showLastActive?: boolean) =>
  person.asks<{ setPresence: Presence }>(
    `mutation ($status: PresenceStatus!, $show: Boolean) { setPresence(status: $status, showLastActive: $show) { ${SEEN} } }`,
    { status, show: showLastActive },
  );

const watches = (viewer: Person, ...others: { id: string }[]) =>
  new Hearing<Presence>(
    viewer.connection,
    'presence',
    `subscription ($ids: [ID!]!) { presence(accountIds: $ids) { ${SEEN} } }`,
    { ids: others.map(({ id }) => id) },
  );

/** Opens a socket, as an app in the foreground does. */
const connects = (person: Person) => watches(person, person).hears(() => true);

function presence(environment: () => Promise<Record<string, string>>, processes: number): void {
  let here: TestRelay;
  let there: TestRelay;
  let alice: Person;
  let bob: Person;
  let mallory: Person;
  let story = 0;

  beforeAll(async () => {
    const env = await environment();
    here = await startRelay({ env });
    there = processes > 1 ? await startRelay({ env, beside: here }) : here;
  });
  beforeEach(async () => {
    story += 1;
    const names = ['alice', 'bob', 'mallory'].map((name) => `${name}${story}`);
    const [a, b, m] = (await people(here, ...names)) as [Person, Person, Person];
    [alice, bob, mallory] = [a, b.movesTo(there), m];
    await alice.opensDirectWith(bob);
  });
  afterEach(async () => {
    await Promise.all([alice, bob, mallory].map((person) => person.goesAway()));
  });
  afterAll(async () => {
    if (there !== here) await there.stop();
    await here.stop();
  });

  it('follows the sockets of somebody’s devices', async () => {
    const tablet = new Person(here, await login(here, `bob${story}`));
    expect(await look(alice, bob)).toEqual([{ accountId: bob.id, status: 'OFFLINE', lastActiveAt: null }]);
    const seen = watches(alice, bob);
    await seen.hears(({ status }) => status === 'OFFLINE');
    await connects(bob);
    await seen.hears(({ status }) => status === 'ONLINE');
    await connects(tablet);
    await bob.goesAway();
    await within(5_000, async () => (await statusOf(alice, bob)) === 'ONLINE');
    await tablet.goesAway();
    await within(5_000, () => seen.heard.at(-1)!.status === 'OFFLINE');

    expect(seen.heard.at(-1)).toMatchObject({ accountId: bob.id, status: 'OFFLINE' });
    expect(seen.heard.at(-1)!.lastActiveAt).toMatch(/:00\.000Z$/);
  });

  it('is AWAY when each device that is there says so', async () => {
    const tablet = new Person(here, await login(here, `bob${story}`));
    await Promise.all([connects(bob), connects(tablet)]);
    const seen = watches(alice, bob);
    await says(bob, 'AWAY');
    expect(await statusOf(alice, bob)).toBe('ONLINE');
    await says(tablet, 'AWAY');
    await seen.hears(({ status }) => status === 'AWAY');
    await says(bob, 'ONLINE');
    await within(5_000, () => seen.heard.at(-1)!.status === 'ONLINE');
    await tablet.goesAway();
  });

  it('can be said without a socket, and is believed for a minute', async () => {
    await says(bob, 'ONLINE');
    expect(await statusOf(alice, bob)).toBe('ONLINE');
    here.clock.advance({ seconds: 61 });
    expect(await statusOf(alice, bob)).toBe('OFFLINE');
  });

  it('leaves nothing in memory when it has ended, even if nobody asks', async () => {
    const signs = here.app.get(SignsOfLife);
    const names = () => [...(Reflect.get(signs, 'here') as Map<string, object>).keys()];
    await says(alice, 'AWAY');
    await connects(mallory);
    here.clock.advance({ seconds: 61 });
    signs.forgetEnded();
    expect(names()).not.toContain(signs.nameOf(alice.id));
    expect(names()).toContain(signs.nameOf(mallory.id));
  });

  it('hides whoever says OFFLINE, on all their devices, until they say otherwise', async () => {
    await connects(bob);
    await within(5_000, async () => (await statusOf(alice, bob)) === 'ONLINE');
    const before = (await look(alice, bob))[0]!.lastActiveAt;
    await says(bob, 'OFFLINE');
    here.clock.advance({ minutes: 5 });
    await bob.goesAway();
    await connects(bob);
    expect(await look(alice, bob)).toEqual([{ accountId: bob.id, status: 'OFFLINE', lastActiveAt: before }]);
    await says(bob, 'ONLINE');
    expect(await statusOf(alice, bob)).toBe('ONLINE');
  });

  it('says nothing of when they were there to whom that is not shown', async () => {
    await says(bob, 'ONLINE', false);
    expect(await look(alice, bob)).toEqual([{ accountId: bob.id, status: 'ONLINE', lastActiveAt: null }]);
    await connects(bob);
    await bob.goesAway();
    expect(
      await here.rows('SELECT FROM account_presence WHERE last_active_at IS NOT NULL AND account_id = $1', [bob.id]),
    ).toEqual([]);
    await says(bob, 'ONLINE', true);
    expect((await look(alice, bob))[0]!.lastActiveAt).toMatch(/:00\.000Z$/);
  });

  it('shows strangers nothing, and somebody who is not there like somebody who does not exist', async () => {
    await connects(bob);
    const nobody = { id: '0190b7c0-1234-7abc-8def-0123456789ab' };
    const [seen, missing] = await look(mallory, bob, nobody);
    expect(seen).toEqual({ ...missing, accountId: bob.id });
    const heard = watches(mallory, bob, nobody);
    await within(5_000, () => heard.heard.length === 2);
    await says(bob, 'AWAY');
    await says(bob, 'ONLINE');
    await watches(alice, bob).hears(({ status }) => status === 'ONLINE');
    expect(heard.heard.map(({ status }) => status)).toEqual(['OFFLINE', 'OFFLINE']);
  });

  it('ends with the last channel that two people share', async () => {
    const group = await alice.makesGroupWith(mallory);
    await connects(alice);
    const seen = watches(mallory, alice);
    await seen.hears(({ status }) => status === 'ONLINE');
    await alice.removes(mallory, group);
    await says(alice, 'AWAY');
    await seen.hears(({ status }) => status === 'OFFLINE');
    expect(await look(mallory, alice)).toEqual([{ accountId: alice.id, status: 'OFFLINE', lastActiveAt: null }]);
    expect(seen.heard.map(({ status }) => status)).not.toContain('AWAY');
  });

  it('refuses more accounts than it watches at once', async () => {
    const ids = Array.from({ length: 101 }, () => bob.id);
    const answer = await alice.tries('query ($ids: [ID!]!) { presence(accountIds: $ids) { status } }', { ids });
    expect(refusal(answer)).toBe('BAD_USER_INPUT/INVALID_VALUE');
  });
}

describe('presence in one process, without Redis', () => {
  presence(() => Promise.resolve({}), 1);
});

describeWithRedis('presence over two processes', () => {
  let redis: TestRedis;
  beforeAll(async () => void (redis = await startRedis()));
  afterAll(() => redis.stop());

  describe('on one Redis', () => {
    presence(() => Promise.resolve({ REDIS_URL: redis.url }), 2);
  });
});

describeWithRedis('presence at a process that dies', () => {
  let redis: TestRedis;
  let relay: TestRelay;
  const folder = mkdtempSync(join(tmpdir(), 'lethe-test-'));

  beforeAll(async () => {
    buildRelay();
    redis = await startRedis();
    relay = await startRelay({ env: { REDIS_URL: redis.url } });
  }, 120_000);
  afterAll(async () => {
    await relay.stop();
    await redis.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('is gone within a minute', async () => {
    const dying = RelayProcess.run(folder, {
      DATABASE_URL: relay.databaseUrl,
      REDIS_URL: redis.url,
      LETHE_DATA: relay.dataFolder,
    });
    const [alice, bob] = (await people(relay, 'alice', 'bob')) as [Person, Person];
    await alice.opensDirectWith(bob);
    const bobThere = bob.movesTo({ url: await dying.ready() });
    const seen = watches(alice, bob);
    await connects(bobThere);
    await seen.hears(({ status }) => status === 'ONLINE');
    await dying.kill();
    expect(await statusOf(alice, bob)).toBe('ONLINE');
    relay.clock.advance({ seconds: 60 });

    expect(await statusOf(alice, bob)).toBe('OFFLINE');
    await within(10_000, () => seen.heard.at(-1)!.status === 'OFFLINE');
    await Promise.all([alice.goesAway(), bobThere.goesAway()]);
  });

  it('comes back when Redis does, which had lost everything', async () => {
    const [carol, dave] = (await people(relay, 'carol', 'dave')) as [Person, Person];
    await carol.opensDirectWith(dave);
    await connects(dave);
    await redis.restart();
    await within(10_000, async () => (await statusOf(carol, dave)) === 'ONLINE');
    await dave.goesAway();
  });
});

describe('who watches', () => {
  it('watches 5,000 in all, on whatever sockets, and others when that is over', async () => {
    const relay = await startRelay({ env: { LETHE_LIMIT_SCALE: '1' } });
    const [alice, bob] = (await people(relay, 'alice', 'bob')) as [Person, Person];
    // Without the fifty requests: so many at once would be too many of those.
    const viewer = { accountId: alice.id } as Viewer;
    const hundred = () => Array.from({ length: 100 }, () => randomUUID());
    const streams = Array.from({ length: 50 }, () => relay.app.get(PresenceWatch).follow(viewer, hundred()));

    expect(await watches(alice, bob).over()).toMatchObject([
      { extensions: { code: 'LIMIT_REACHED', reason: 'TOO_MANY_WATCHED' } },
    ]);
    await watches(bob, alice).hears(() => true);
    await streams[0]!.return?.();
    await watches(alice, bob).hears(() => true);

    await Promise.all([...streams.map((stream) => stream.return?.()), alice.goesAway(), bob.goesAway()]);
    await relay.stop();
  });
});

import { randomBytes } from 'node:crypto';
import { metricsTable, type Metric } from '../../src/health/metrics.table.js';
import { ChoreRunner } from '../../src/maintenance/chore-runner.service.js';
import { chores } from '../../src/maintenance/chores.js';
import { LogTails } from '../../src/realtime/log-tails.js';
import { people, type Person } from '../harness/person.js';
import { productionSettings } from '../harness/production.js';
import { RawSocket } from '../harness/raw-socket.js';
import { startRelay, type TestRelay } from '../harness/relay.js';
import { within } from '../harness/within.js';

interface Sample {
  metric: string;
  labels: Record<string, string>;
  value: number;
}

const scrape = (relay: TestRelay, authorization?: string) =>
  fetch(new URL('/metrics', relay.url), { headers: authorization === undefined ? {} : { authorization } });

async function samples(relay: TestRelay): Promise<Sample[]> {
  const text = await (await scrape(relay)).text();
  return [...text.matchAll(/^(\w+)(?:\{(.*)\})? (\S+)$/gm)].map(([, metric = '', labels = '', value]) => ({
    metric,
    labels: Object.fromEntries(
      [...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, name = '', content = '']): [string, string] => [name, content]),
    ),
    value: Number(value),
  }));
}

/** The value of one metric, written as Prometheus does: `lethe_posts_total{outcome="placed"}`. */
async function valueOf(relay: TestRelay, name: string): Promise<number> {
  const text = await (await scrape(relay)).text();
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${name} `));
  if (line === undefined) throw new Error(`There is no ${name} in\n${text}`);
  return Number(line.slice(name.length));
}

describe('metrics', () => {
  let relay: TestRelay;
  let alice: Person;
  let bob: Person;
  let channel: string;

  beforeAll(async () => {
    relay = await startRelay();
    [alice, bob] = (await people(relay, 'alice', 'bob')) as [Person, Person];
    channel = await alice.opensDirectWith(bob);
  });
  afterAll(async () => {
    await Promise.all([alice.goesAway(), bob.goesAway()]);
    await relay.stop();
  });

  const becomes = (name: string, value: number) => within(5_000, async () => (await valueOf(relay, name)) === value);

  it('count sockets, followers and what is delivered to them', async () => {
    await alice.posts(channel, 'one');
    const inbox = await bob.follows(channel).caughtUp();
    await becomes('lethe_followers{state="live"}', 1);
    const replayed = await valueOf(relay, 'lethe_deliveries_total{state="replayed"}');
    await alice.posts(channel, 'two');
    await inbox.next();

    expect(await valueOf(relay, 'lethe_sockets')).toBe(1);
    expect(await valueOf(relay, 'lethe_followed_channels')).toBe(1);
    expect(await valueOf(relay, 'lethe_deliveries_total{state="live"}')).toBe(1);
    expect(await valueOf(relay, 'lethe_deliveries_total{state="replayed"}')).toBe(replayed);
    inbox.stop();
    await becomes('lethe_followers{state="live"}', 0);
    await bob.goesAway();
    await becomes('lethe_sockets', 0);
    expect(await valueOf(relay, 'lethe_sockets_closed_total{code="1000"}')).toBe(1);
  });

  it('count posts by what became of them, and how they were written', async () => {
    const clientMessageId = crypto.randomUUID();
    const before = await valueOf(relay, 'lethe_append_batch_size_count');
    await alice.posts(channel, 'once', { clientMessageId });
    await alice.posts(channel, 'once', { clientMessageId });
    await alice.triesToPost(channel, 'for another epoch', { epoch: 7 });
    await alice.triesToPost(crypto.randomUUID(), 'nowhere');

    expect(await valueOf(relay, 'lethe_posts_total{outcome="placed"}')).toBe(3);
    expect(await valueOf(relay, 'lethe_posts_total{outcome="duplicate"}')).toBe(1);
    expect(await valueOf(relay, 'lethe_posts_total{outcome="stale"}')).toBe(1);
    expect(await valueOf(relay, 'lethe_posts_total{outcome="absent"}')).toBe(1);
    expect(await valueOf(relay, 'lethe_append_batch_size_bucket{le="1"}')).toBe(before + 4);
    expect(await valueOf(relay, 'lethe_append_duration_seconds_bucket{le="+Inf"}')).toBe(before + 4);
  });

  it('count what was asked, over HTTP and sockets, by how it was answered', async () => {
    const ok = await valueOf(relay, 'lethe_operations_total{kind="query",code="OK"}');
    await alice.tries('{ me { id } }');
    await alice.tries('query ($id: ID!) { channel(id: $id) { id } }', { id: crypto.randomUUID() });
    await alice.tries('{ me ');
    await fetch(new URL('/graphql', relay.url));
    const socket = await RawSocket.as(relay, alice.token);
    await socket.asks('{ me { id } }');
    await socket.asks('{ nothing }');
    await socket.asks('subscription { feed { caughtUp } }');
    await socket.asks('subscription ($id: ID!) { channelLog(channelId: $id) { caughtUp } }', {
      id: crypto.randomUUID(),
    });
    socket.webSocket.close();

    expect(await valueOf(relay, 'lethe_operations_total{kind="query",code="OK"}')).toBe(ok + 2);
    expect(await valueOf(relay, 'lethe_operations_total{kind="query",code="NOT_FOUND"}')).toBe(1);
    expect(await valueOf(relay, 'lethe_operations_total{kind="none",code="BAD_USER_INPUT"}')).toBe(3);
    expect(await valueOf(relay, 'lethe_operations_total{kind="subscription",code="NOT_FOUND"}')).toBe(1);
    // The feed here, and the following above.
    expect(await valueOf(relay, 'lethe_operations_total{kind="subscription",code="OK"}')).toBe(2);
  });

  it('tell how far a tail is behind what it has heard of, and when it has caught up', async () => {
    const inbox = await bob.follows(channel).caughtUp();
    await becomes('lethe_followers{state="live"}', 1);
    expect(await valueOf(relay, 'lethe_tail_places_behind')).toBe(0);
    const { headSeq } = await alice.looksAt(channel);
    // A bell that is ahead of the log, as of a process whose commit this one cannot read yet.
    relay.app.get(LogTails).grew([[channel, headSeq + 2]]);
    await becomes('lethe_tail_places_behind', 2);
    relay.clock.advance({ seconds: 5 });
    expect(await valueOf(relay, 'lethe_tail_seconds_behind')).toBeGreaterThanOrEqual(5);
    await alice.posts(channel, 'the first of two');
    await becomes('lethe_tail_places_behind', 1);
    await alice.posts(channel, 'the second');
    await becomes('lethe_tail_places_behind', 0);
    expect(await valueOf(relay, 'lethe_tail_seconds_behind')).toBe(0);
    inbox.stop();
  });

  it('count what chores did, but not what they only looked at', async () => {
    const chore = chores.find(({ name }) => name === 'forget-senders')!;
    const runs = `lethe_chore_runs_total{chore="${chore.name}",outcome="done"}`;
    const affected = `lethe_chore_affected_total{chore="${chore.name}"}`;
    await alice.posts(channel, 'soon of nobody');
    relay.clock.advance({ days: 31 });
    const [runsBefore, affectedBefore] = [await valueOf(relay, runs), await valueOf(relay, affected)];
    await relay.app.get(ChoreRunner).run(chore, { slot: null, dryRun: true });
    expect(await valueOf(relay, runs)).toBe(runsBefore);
    await relay.app.get(ChoreRunner).run(chore, { slot: null, dryRun: false });
    expect(await valueOf(relay, runs)).toBe(runsBefore + 1);
    expect(await valueOf(relay, affected)).toBeGreaterThan(affectedBefore);
  });

  it('tell of pools, the event loop and the process', async () => {
    expect(await valueOf(relay, 'lethe_database_connections_most{pool="append"}')).toBe(4);
    expect(await valueOf(relay, 'lethe_database_connections{pool="append"}')).toBeGreaterThan(0);
    expect(await valueOf(relay, 'lethe_database_waiting{pool="read"}')).toBe(0);
    expect(await valueOf(relay, 'lethe_database_connections{pool="general"}')).toBeGreaterThan(0);
    expect(await valueOf(relay, 'nodejs_eventloop_lag_p99_seconds')).toBeGreaterThan(0);
    expect(await valueOf(relay, 'process_resident_memory_bytes')).toBeGreaterThan(0);
  });

  it('have no label, and no value of one, that is not on the list', async () => {
    const ofNode = ['kind', 'le', 'major', 'minor', 'patch', 'space', 'type', 'version'];
    const table: Record<string, Metric> = metricsTable;
    const all = await samples(relay);
    const faults = all.filter(({ metric, labels }) => {
      const known = table[metric.replace(/_(bucket|sum|count)$/, '')] ?? table[metric];
      return Object.entries(labels).some(([name, value]) =>
        metric.startsWith('lethe_')
          ? !(known?.labels?.[name]?.includes(value) ?? (known?.type === 'histogram' && name === 'le'))
          : !ofNode.includes(name) || !/^[\w.+ ]{1,40}$/.test(value) || /[0-9a-f-]{36}/.test(value),
      );
    });
    expect(faults).toEqual([]);
    expect(all.filter(({ metric }) => metric.startsWith('lethe_')).length).toBeGreaterThan(100);
    expect(all.every(({ metric }) => /^(lethe|nodejs|process)_/.test(metric))).toBe(true);
  });
});

describe('a limit that says no', () => {
  it('is counted by its name', async () => {
    const relay = await startRelay({ env: { LETHE_LIMIT_SCALE: '0.1' } });
    const [alice] = (await people(relay, 'alice')) as [Person];
    await Promise.all(Array.from({ length: 30 }, () => alice.tries('{ me { id } }')));
    expect(await valueOf(relay, 'lethe_limited_total{limit="requests"}')).toBeGreaterThan(10);
    expect(await valueOf(relay, 'lethe_operations_total{kind="none",code="RATE_LIMITED"}')).toBeGreaterThan(10);
    const socket = await RawSocket.as(relay, alice.token);
    await (
      await RawSocket.open(relay).then((second) => {
        second.send({ type: 'connection_init', payload: { accessToken: alice.token } });
        return second;
      })
    ).closed;
    expect(await valueOf(relay, 'lethe_limited_total{limit="socketsPerAccount"}')).toBe(1);
    socket.webSocket.close();
    await relay.stop();
  });
});

describe('who may read metrics', () => {
  const answers = async (env: Record<string, string>, ...authorizations: (string | undefined)[]) => {
    const relay = await startRelay({ env });
    const statuses: number[] = [];
    for (const authorization of authorizations) statuses.push((await scrape(relay, authorization)).status);
    await relay.stop();
    return statuses;
  };
  const token = randomBytes(32).toString('base64');

  it('is anybody, while one develops', async () => {
    expect(await answers({}, undefined)).toEqual([200]);
  });

  it('is nobody in production: there is nothing at the path', async () => {
    const relay = await startRelay({ env: productionSettings() });
    const [metrics, nothing] = await Promise.all(
      ['/metrics', '/nothing'].map((path) => fetch(new URL(path, relay.url), { headers: { authorization: 'Bearer' } })),
    );
    expect([metrics?.status, await metrics?.text()]).toEqual([404, await nothing?.text()]);
    await relay.stop();
  });

  it('is whoever has the token, where one is set', async () => {
    const tried = [undefined, 'Bearer', `Bearer ${token.slice(1)}`, token, `Bearer ${token}`];
    for (const env of [{}, productionSettings()])
      expect(await answers({ ...env, LETHE_METRICS_TOKEN: token }, ...tried)).toEqual([401, 401, 401, 401, 200]);
  });
});

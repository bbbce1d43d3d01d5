import { DataSource } from 'typeorm';
import { GraphqlSockets } from '../../src/graphql-over-sockets.js';
import { Topics } from '../../src/realtime/topics.js';
import { inPostgres } from '../harness/postgres-for-tests.js';
import { describeWithRedis, startRedis, type TestRedis } from '../harness/redis.js';
import { startRelay, type TestRelay } from '../harness/relay.js';
import { within } from '../harness/within.js';

const health = async (relay: TestRelay, which: 'live' | 'ready'): Promise<(string | number)[]> => {
  const response = await fetch(new URL(`/health/${which}`, relay.url));
  const { status, dependencies = {} } = (await response.json()) as {
    status: string;
    dependencies?: Record<string, string>;
  };
  return [response.status, status, ...Object.values(dependencies)];
};

describe('health', () => {
  let relay: TestRelay;

  beforeEach(async () => {
    relay = await startRelay();
  });
  afterEach(() => relay.stop());

  it('says that the process lives, and what it serves clients with', async () => {
    expect(await health(relay, 'live')).toEqual([200, 'live']);
    expect(await health(relay, 'ready')).toEqual([200, 'ready', 'up', 'not configured']);
  });

  it('sends clients elsewhere while PostgreSQL is away, and has them back when it is back', async () => {
    const name = new URL(relay.databaseUrl).pathname.slice(1);
    await inPostgres(async (client) => {
      await client.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS false`);
      await client.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [name]);
      expect(await health(relay, 'ready')).toEqual([503, 'unavailable', 'down', 'not configured']);
      expect(await health(relay, 'live')).toEqual([200, 'live']);
      await client.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS true`);
    });
    expect(await health(relay, 'ready')).toEqual([200, 'ready', 'up', 'not configured']);
  });

  it('does not wait for PostgreSQL for ever', async () => {
    const busy = Array.from({ length: 10 }, () => relay.app.get(DataSource).query('SELECT pg_sleep(2)'));
    const before = performance.now();
    expect(await health(relay, 'ready')).toEqual([503, 'unavailable', 'down', 'not configured']);
    expect(performance.now() - before).toBeLessThan(1_800);
    await Promise.all(busy);
  });

  it('sends clients elsewhere before it stops', async () => {
    await relay.app.get(GraphqlSockets).onModuleDestroy();
    expect(await health(relay, 'ready')).toEqual([503, 'draining', 'up', 'not configured']);
    expect(await health(relay, 'live')).toEqual([200, 'live']);
  });
});

describe('health under limits', () => {
  it('is never rate limited', async () => {
    const relay = await startRelay({ env: { LETHE_LIMIT_SCALE: '0.02' } });
    const answers = await Promise.all(Array.from({ length: 50 }, () => health(relay, 'ready')));
    expect(answers.every(([status]) => status === 200)).toBe(true);
    await relay.stop();
  });
});

describeWithRedis('health with Redis', () => {
  let redis: TestRedis;
  let relay: TestRelay;

  beforeAll(async () => {
    redis = await startRedis();
    relay = await startRelay({ env: { REDIS_URL: redis.url } });
  });
  afterAll(async () => {
    await relay.stop();
    await redis.stop();
  });

  const becomes = (...expected: unknown[]) =>
    within(5_000, async () => JSON.stringify(await health(relay, 'ready')) === JSON.stringify(expected));

  it('is degraded, not dead, while Redis hangs', async () => {
    await becomes(200, 'ready', 'up', 'up');
    process.kill(redis.pid, 'SIGSTOP');
    relay.app.get(Topics).publish('log-grew', { heads: [] });
    await becomes(200, 'degraded', 'up', 'away');
    process.kill(redis.pid, 'SIGCONT');
    await becomes(200, 'ready', 'up', 'up');
  });

  it('is degraded, not dead, while Redis is away', async () => {
    await becomes(200, 'ready', 'up', 'up');
    await redis.kill();
    await becomes(200, 'degraded', 'up', 'away');
    await redis.restart();
    await becomes(200, 'ready', 'up', 'up');
  });
});

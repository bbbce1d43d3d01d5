import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import {
  startEmbeddedPostgres,
  type EmbeddedPostgres,
} from '../../src/database/embedded-postgres/embedded-postgres.js';
import { Canaries, channels } from '../harness/canaries/canaries.js';
import { Scene } from '../harness/canaries/scene.js';
import type { Cast } from '../harness/canaries/step.js';
import { steps } from '../harness/canaries/steps.js';
import { freePort } from '../harness/free-port.js';
import { describeWithRedis, startRedis, type TestRedis } from '../harness/redis.js';
import { buildRelay, RelayProcess } from '../harness/relay-process.js';

/** Whatever an operator's own settings may make PostgreSQL write, as docs/operating.md asks for it: all but values. */
const TALKATIVE = {
  log_statement: 'all',
  log_min_messages: 'debug1',
  log_min_error_statement: 'debug1',
  log_duration: 'on',
};

/** All that leaves the relay but its answers. */
interface Traces {
  output: string;
  metrics: string;
  redis: string;
  postgres: string;
}

describe('looking for canaries', () => {
  it.each(['raw', 'hex', 'base64', 'base64url'] as const)('finds a planted one that stands there in %s', (form) => {
    const canaries = new Canaries();
    const marker = canaries.word('planted');
    canaries.word('another');
    for (const before of ['', 'x', 'xy', 'xyz']) {
      const text = Buffer.from(`${before}${marker} and more`).toString(form === 'raw' ? 'latin1' : form);
      expect(canaries.foundIn(`{"msg":"${text}"}`)).toContain(`planted (${form})`);
    }
    expect(canaries.foundIn(randomBytes(10_000).toString('base64'))).toEqual([]);
  });
});

describeWithRedis('whatever people send', () => {
  const canaries = new Canaries();
  const traces: Traces = { output: '', metrics: '', redis: '', postgres: '' };
  const ids: string[] = [];
  let folder: string;
  let postgres: EmbeddedPostgres;
  let redis: TestRedis;
  let monitor: Redis;
  let relay: RelayProcess;
  let scene: Scene;
  let started: Record<string, string>;
  const postgresLog = () => readFile(`${postgres.dataFolder}.log`, 'latin1');

  beforeAll(async () => {
    buildRelay();
    folder = await mkdtemp(join(tmpdir(), 'lethe-canaries-'));
    [postgres, redis] = await Promise.all([
      startEmbeddedPostgres({ dataFolder: join(folder, 'postgres') }),
      startRedis(),
    ]);
    const port = await freePort();
    started = { ...settings(), PORT: `${port}` };
    relay = RelayProcess.run(folder, started);
    // What it says to be is where its proxy would be.
    await relay.ready();
    scene = new Scene(`http://127.0.0.1:${port}`, postgres.url, canaries);
    const client = new Redis(redis.url);
    monitor = await client.monitor();
    client.disconnect();
    monitor.on('monitor', (_: string, words: string[]) => (traces.redis += `${words.join(' ')}\n`));
    for (const [name, value] of Object.entries(TALKATIVE))
      await scene.inDatabase(`ALTER ROLE CURRENT_USER SET ${name} = '${value}'`);
    // So that every connection of the relay is one that talks.
    await scene.inDatabase('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()');
  }, 180_000);

  afterAll(async () => {
    monitor.disconnect();
    await relay.kill();
    await redis.stop();
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  });

  /** Every secret that settings may carry. */
  function settings(): Record<string, string> {
    const secret = (name: string) => `${canaries.word(name)}${randomBytes(16).toString('base64')}`;
    const pem = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' });
    canaries.add('LETHE_SIGNING_KEY', pem.toString().split('\n')[1] ?? '');
    canaries.add('the password of PostgreSQL', new URL(postgres.url).password);
    return {
      NODE_ENV: 'production',
      LETHE_HOST: '127.0.0.1',
      LETHE_PUBLIC_URL: 'https://relay.example.org',
      LETHE_LOG_LEVEL: 'debug',
      LETHE_TRUSTED_PROXIES: '127.0.0.1',
      DATABASE_URL: postgres.url,
      REDIS_URL: redis.url,
      LETHE_INSECURE_DATABASE: 'true',
      LETHE_INSECURE_REDIS: 'true',
      LETHE_SIGNING_KEY: pem.toString(),
      LETHE_SERVER_KEY: secret('LETHE_SERVER_KEY'),
      LETHE_EMAIL_PEPPER: secret('LETHE_EMAIL_PEPPER'),
      LETHE_TOTP_KEY: secret('LETHE_TOTP_KEY'),
      LETHE_METRICS_TOKEN: secret('LETHE_METRICS_TOKEN'),
      LETHE_ADMINS: canaries.word('an administrator'),
    };
  }

  async function scrape(): Promise<string> {
    const headers = { authorization: `Bearer ${started.LETHE_METRICS_TOKEN}` };
    const response = await fetch(new URL('/metrics', scene.url), { headers });
    return response.text();
  }

  it('is sent: secrets, names, ciphertext and tokens, well and badly', async () => {
    const cast = {} as Cast;
    for (const { name, play, answers } of steps) expect([name, await play(scene, cast)]).toEqual([name, answers]);
    ids.push(...cast.ids);
    traces.metrics = await scrape();
    traces.output = relay.output + relay.errors;
    traces.postgres = await postgresLog();
  }, 120_000);

  it('would be found in each trace, if it were there', async () => {
    const planted = new Canaries();
    const marker = planted.word('planted');
    await scene.inDatabase(`SELECT '${marker}'`);
    expect(planted.foundIn(await postgresLog())).toEqual(['planted (raw)']);
    const client = new Redis(redis.url);
    await client.publish('lethe:nobody-listens', Buffer.from(marker).toString('base64'));
    client.disconnect();
    expect(planted.foundIn(traces.redis)).toContain('planted (base64)');
    expect(traces.output).toContain('"msg":"unexpected error"');
    expect(traces.postgres).toContain('INSERT INTO channel_entries');
    expect(traces.postgres).toContain('violates check constraint');
    expect(traces.redis).toContain('lethe:log-grew');
    expect(traces.metrics).toContain('lethe_operations_total{kind="mutation",code="INTERNAL_SERVER_ERROR"} 2');
    expect(canaries.names.length).toBeGreaterThan(350);
  });

  it.each(['output', 'metrics', 'postgres'] as const)('leaves no trace in: %s', (trace) => {
    expect(traces[trace]).not.toBe('');
    expect(canaries.foundIn(traces[trace])).toEqual([]);
  });

  /** What was published on the channel, or everything else. */
  const throughRedis = (channel?: string) =>
    traces.redis
      .split('\n')
      .filter((command) => channels.find((name) => command.toLowerCase().startsWith(`publish ${name} `)) === channel)
      .join('\n');

  it('leaves no trace in: redis, but for what is ephemeral, which passes by on a channel of its own', () => {
    expect(canaries.foundIn(throughRedis())).toEqual([]);
    for (const channel of channels) {
      expect(canaries.passing(channel)).toHaveLength(1);
      expect(canaries.foundIn(throughRedis(channel)).join()).toContain(canaries.passing(channel).join());
      expect(canaries.foundIn(throughRedis(channel), channel)).toEqual([]);
    }
  });

  it.each(['output', 'metrics', 'postgres'] as const)('nor does an id in: %s', (trace) => {
    expect(ids.filter((id) => traces[trace].includes(id))).toEqual([]);
  });
});

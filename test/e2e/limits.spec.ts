import { Redis } from 'ioredis';
import { LetheError } from '../../src/errors/lethe-error.js';
import type { LimitName } from '../../src/limits/limits.table.js';
import { Limits } from '../../src/limits/limits.service.js';
import { graphql, type GraphqlAnswer, type GraphqlError, refusal } from '../harness/graphql-client.js';
import { requests, triesToComplete } from '../harness/files.js';
import { people, type Person } from '../harness/person.js';
import { someFile } from '../harness/sealed-file.js';
import { describeWithRedis, startRedis, type TestRedis } from '../harness/redis.js';
import { productionSettings } from '../harness/production.js';
import { startRelay, type TestRelay } from '../harness/relay.js';
import { within } from '../harness/within.js';

/** Milliseconds to wait, or 0 when it was taken. */
async function take(relay: TestRelay, limit: LimitName, subject: string): Promise<number> {
  try {
    await relay.app.get(Limits).take(limit, subject);
    return 0;
  } catch (error) {
    if (!(error instanceof LetheError && error.code === 'RATE_LIMITED')) throw error;
    return error.details.retryAfterMs ?? NaN;
  }
}

describe('documents beyond the limits', () => {
  let relay: TestRelay;

  beforeAll(async () => {
    relay = await startRelay();
  });
  afterAll(() => relay.stop());

  const repeated = (count: number, text: (n: number) => string) =>
    Array.from({ length: count }, (_, n) => text(n)).join(' ');

  it.each([
    ['deep', `${'{ a '.repeat(12)}{ b ${'} '.repeat(13)}`],
    ['wide', `{ ${repeated(21, (n) => `f${n}: me { id }`)} }`],
    ['aliased', `{ me { ${repeated(31, (n) => `a${n}: id`)} } }`],
    ['full of directives', `{ me { ${'id @include(if: true) '.repeat(51)} } }`],
    ['long in tokens', `{ me { ${'id '.repeat(1_001)} } }`],
    ['long in characters', `{ me { id } } # ${'x'.repeat(33_000)}`],
    ['costly', '{ channels(first: 100) { nodes { messages(last: 100) { nodes { id sealedBody } } } } }'],
  ])('are refused: %s', async (_, query) => {
    const { errors = [] } = await graphql(relay.url, query);
    const limits = errors.filter(({ extensions }) => extensions.code === 'LIMIT_REACHED');
    expect(limits.map(({ extensions }) => extensions.reason)).toEqual(['QUERY_TOO_COSTLY']);
  });

  it('are refused for what their variables ask for', async () => {
    const query = `query ($channels: Int!, $messages: Int) {
      channels(first: $channels) { nodes { messages(last: $messages) { nodes { id sealedBody } } } } }`;
    expect(refusal(await graphql(relay.url, query, { channels: 100, messages: 100 }))).toBe(
      'LIMIT_REACHED/QUERY_TOO_COSTLY',
    );
    expect(refusal(await graphql(relay.url, query, { channels: 10, messages: 10 }))).toBe(
      'UNAUTHENTICATED/TOKEN_MISSING',
    );
  });
});

describe('the schema', () => {
  const ask = async (env: Record<string, string>) => {
    const relay = await startRelay({ env });
    const answer = await graphql(relay.url, '{ __schema { queryType { name } } }');
    await relay.stop();
    return answer;
  };

  it('may be asked for while one develops', async () => {
    expect((await ask({})).data).toEqual({ __schema: { queryType: { name: 'Query' } } });
  });

  it('may not be in production, unless it is meant', async () => {
    const env = productionSettings();
    const { errors = [] } = await ask(env);
    expect(new Set(errors.map(({ extensions }) => extensions.reason))).toEqual(new Set(['QUERY_INVALID']));
    expect((await ask({ ...env, LETHE_INTROSPECTION: 'true' })).errors).toBeUndefined();
  });
});

describe('requests beyond the limit', () => {
  let relay: TestRelay;

  beforeAll(async () => {
    relay = await startRelay({ env: { LETHE_LIMIT_SCALE: '1', LETHE_TRUSTED_PROXIES: '127.0.0.1' } });
  });
  afterAll(() => relay.stop());

  const ask = async (address: string) => {
    const response = await fetch(new URL('/graphql', relay.url), {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-forwarded-for': address },
      body: '{"query":"{ __typename }"}',
    });
    const { errors } = (await response.json()) as GraphqlAnswer<unknown>;
    return { status: response.status, retryAfter: response.headers.get('retry-after'), error: errors?.[0] };
  };
  const burst = (address: string, count: number) => Promise.all(Array.from({ length: count }, () => ask(address)));
  const admitted = (answers: { error?: GraphqlError }[]) => answers.filter(({ error }) => !error).length;

  it('are refused with the time to wait, for that address alone, and let in again', async () => {
    const answers = await burst('198.51.100.1', 150);
    // Time passes meanwhile: 20 a second come back.
    expect(admitted(answers)).toBeGreaterThanOrEqual(50);
    expect(admitted(answers)).toBeLessThan(120);
    const refused = answers.find(({ error }) => error);
    expect(refused).toMatchObject({ status: 429, retryAfter: '1', error: { extensions: { code: 'RATE_LIMITED' } } });
    const { retryAfterMs } = refused!.error!.extensions;
    expect(Number.isInteger(retryAfterMs) && retryAfterMs! >= 1 && retryAfterMs! <= 50).toBe(true);
    expect(admitted(await burst('198.51.100.2', 50))).toBe(50);
    relay.clock.advance({ seconds: 10 });
    expect(admitted(await burst('198.51.100.1', 50))).toBe(50);
  });

  it('cannot be hidden behind the other addresses of an IPv6 network', async () => {
    const answers = await Promise.all(Array.from({ length: 150 }, (_, n) => ask(`2001:db8::${n.toString(16)}`)));
    expect(admitted(answers)).toBeLessThan(120);
  });
});

describe('limits of one process', () => {
  it('let a burst through and then what comes back', async () => {
    const relay = await startRelay({ env: { LETHE_LIMIT_SCALE: '1' } });
    const claim = () => take(relay, 'claims', 'alice bobs-phone');
    for (let claims = 0; claims < 6; claims++) expect(await claim()).toBe(0);
    const wait = await claim();
    expect(wait).toBeGreaterThan(590_000);
    expect(wait).toBeLessThanOrEqual(600_000);
    relay.clock.advance({ minutes: 10 });
    expect(await claim()).toBe(0);
    expect(await claim()).toBeGreaterThan(0);
    expect(await take(relay, 'claims', 'alice carols-phone')).toBe(0);
    await relay.stop();
  });

  it('can be asked without an error by who has another way', async () => {
    const relay = await startRelay({ env: { LETHE_LIMIT_SCALE: '1' } });
    const limits = relay.app.get(Limits);
    const allowed = [];
    for (let claims = 0; claims < 70; claims++) allowed.push(await limits.allows('claimsOfDevice', 'bobs-phone'));
    expect(allowed.filter(Boolean)).toHaveLength(60);
    await relay.stop();
  });
});

describeWithRedis('limits of several processes with Redis', () => {
  let redis: TestRedis;
  let one: TestRelay;
  let other: TestRelay;

  const ready = (relay: TestRelay) =>
    within(5_000, async () => {
      const response = await fetch(new URL('/health/ready', relay.url));
      return ((await response.json()) as { status: string }).status === 'ready';
    });
  const claimsTaken = async (subject: string, relays: TestRelay[], count: number) => {
    let taken = 0;
    for (let claim = 0; claim < count; claim++) {
      if ((await take(relays[claim % relays.length]!, 'claims', subject)) === 0) taken++;
    }
    return taken;
  };

  beforeAll(async () => {
    redis = await startRedis();
    const env = { REDIS_URL: redis.url, LETHE_LIMIT_SCALE: '1' };
    one = await startRelay({ env });
    other = await startRelay({ env, beside: one });
    await Promise.all([ready(one), ready(other)]);
  });
  afterAll(async () => {
    await other.stop();
    await one.stop();
    await redis.stop();
  });

  it('are counted together', async () => {
    expect(await claimsTaken('alice bobs-phone', [one, other], 20)).toBe(6);
    one.clock.advance({ minutes: 20 });
    expect(await claimsTaken('alice bobs-phone', [one, other], 20)).toBe(2);
  });

  it('are counted together when all come at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, n) => take(n % 2 ? one : other, 'claims', 'carol bobs-phone')),
    );
    expect(answers.filter((wait) => wait === 0)).toHaveLength(6);
  });

  it('leave nothing in Redis that says whose they are, nor for longer than they count', async () => {
    await take(one, 'logins', 'alice 198.51.100.7');
    const client = new Redis(redis.url);
    const keys = await client.keys('*');
    expect(keys.length).toBeGreaterThan(0);
    for (const key of keys) {
      expect(key).toMatch(/^lethe:limit:[\w-]{43}$/);
      expect(await client.get(key)).toMatch(/^[\d.]+$/);
      expect(await client.pttl(key)).toBeGreaterThan(0);
      expect(await client.pttl(key)).toBeLessThanOrEqual(3_600_000);
    }
    client.disconnect();
  });

  it('are counted by each process while Redis is dead, and nobody waits for it', async () => {
    await redis.kill();
    const before = performance.now();
    expect(await claimsTaken('dave bobs-phone', [one, other], 40)).toBe(12);
    const answer = await graphql(
      one.url,
      'mutation { refreshSession(refreshToken: "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa") { accessToken } }',
    );
    expect(refusal(answer)).toBe('UNAUTHENTICATED/TOKEN_INVALID');
    expect(performance.now() - before).toBeLessThan(1_000);

    await redis.restart();
    await Promise.all([ready(one), ready(other)]);
    one.clock.advance({ seconds: 2 });
    expect(await claimsTaken('erin bobs-phone', [one, other], 20)).toBe(6);
  });

  it('are counted by each process while Redis hangs, and few wait for it, shortly', async () => {
    process.kill(redis.pid, 'SIGSTOP');
    const before = performance.now();
    expect(await claimsTaken('frank bobs-phone', [one, other], 40)).toBe(12);
    expect(performance.now() - before).toBeLessThan(1_000);
    process.kill(redis.pid, 'SIGCONT');
  });
});

describe('the work that one account asks for', () => {
  let relay: TestRelay;
  let alice: Person;
  let group: string;

  const spend = async (limit: LimitName) => {
    while ((await take(relay, limit, alice.id)) === 0);
  };

  beforeAll(async () => {
    relay = await startRelay({ env: { LETHE_LIMIT_SCALE: '1' } });
    [alice] = (await people(relay, 'alice')) as [Person];
    group = await alice.makesGroupWith();
  });
  afterAll(() => relay.stop());

  it('is bounded where an upload is looked for in the store', async () => {
    const { attachment } = await requests(alice, group, someFile());
    expect(refusal(await triesToComplete(alice, attachment.id))).toBe('CONFLICT/UPLOAD_INCOMPLETE');
    await spend('completions');
    expect(refusal(await triesToComplete(alice, attachment.id))).toBe('RATE_LIMITED');
  });

  it('is bounded where members are added', async () => {
    await spend('additions');
    expect(refusal(await alice.triesToChange('addChannelMember', group, alice))).toBe('RATE_LIMITED');
  });
});

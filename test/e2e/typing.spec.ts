import { randomBytes } from 'node:crypto';
import { refusal } from '../harness/graphql-client.js';
import { Hearing } from '../harness/hearing.js';
import { people, type Person } from '../harness/person.js';
import { describeWithRedis, startRedis, type TestRedis } from '../harness/redis.js';
import { startRelay, type TestRelay } from '../harness/relay.js';

interface Typing {
  channelId: string;
  token: string;
  expiresAt: string;
}

const types = (person: Person, channelId: string, token = randomBytes(16).toString('base64')) =>
  person.tries<{ sendTyping: boolean }>('mutation ($input: SendTypingInput!) { sendTyping(input: $input) }', {
    input: { channelId, token },
  });

const listens = (person: Person, channelId: string) =>
  new Hearing<Typing>(
    person.connection,
    'typing',
    'subscription ($id: ID!) { typing(channelId: $id) { channelId token expiresAt } }',
    { id: channelId },
  );

function typing(environment: () => Promise<Record<string, string>>, processes: number): void {
  let here: TestRelay;
  let there: TestRelay;
  let alice: Person;
  let bob: Person;
  let carol: Person;
  let group: string;

  beforeAll(async () => {
    const env = await environment();
    here = await startRelay({ env });
    there = processes > 1 ? await startRelay({ env, beside: here }) : here;
    const [a, b, c] = (await people(here, 'alice', 'bob', 'carol')) as [Person, Person, Person];
    [alice, bob, carol] = [a, b.movesTo(there), c.movesTo(there)];
  });
  beforeEach(async () => {
    group = await alice.makesGroupWith(bob, carol);
  });
  afterAll(async () => {
    await Promise.all([alice, bob, carol].map((person) => person.goesAway()));
    if (there !== here) await there.stop();
    await here.stop();
  });

  /** Until it is heard: what was sent before the other had begun to listen is lost. */
  async function isHeardTyping(person: Person, hearing: Hearing<Typing>): Promise<Typing> {
    const token = randomBytes(16).toString('base64');
    for (let tries = 0; tries < 100 && !hearing.heard.some((value) => value.token === token); tries++) {
      await types(person, group, token);
      await new Promise(setImmediate);
    }
    return hearing.hears((value) => value.token === token);
  }

  it('reaches the members that listen, and says who by nothing but the token', async () => {
    const hearing = listens(bob, group);
    const typed = await isHeardTyping(alice, hearing);

    expect(Object.keys(typed).sort()).toEqual(['channelId', 'expiresAt', 'token']);
    expect(typed.channelId).toBe(group);
    const left = new Date(typed.expiresAt).getTime() - here.clock.now().getTime();
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThanOrEqual(6_000);
  });

  it('is heard by nobody who has been removed: their stream ends', async () => {
    const [bobs, carols] = [listens(bob, group), listens(carol, group)];
    await Promise.all([isHeardTyping(alice, bobs), isHeardTyping(alice, carols)]);
    await alice.removes(carol, group);
    const { token } = await isHeardTyping(alice, bobs);

    expect(await carols.over()).toBe('complete');
    expect(carols.heard.map((typed) => typed.token)).not.toContain(token);
    expect(refusal(await types(carol, group))).toBe('NOT_FOUND');
    expect(await listens(carol, group).over()).toMatchObject([{ extensions: { code: 'NOT_FOUND' } }]);
  });
}

describe('typing in one process, without Redis', () => {
  typing(() => Promise.resolve({}), 1);
});

describeWithRedis('typing over two processes', () => {
  let redis: TestRedis;
  beforeAll(async () => void (redis = await startRedis()));
  afterAll(() => redis.stop());

  describe('on one Redis', () => {
    typing(() => Promise.resolve({ REDIS_URL: redis.url }), 2);
  });
});

describe('typing all the time', () => {
  it('is passed on once in three seconds', async () => {
    const relay = await startRelay({ env: { LETHE_LIMIT_SCALE: '1' } });
    const [alice, bob] = (await people(relay, 'alice', 'bob')) as [Person, Person];
    const channel = await alice.opensDirectWith(bob);
    expect(await types(alice, channel)).toEqual({ data: { sendTyping: true } });
    const refused = await types(alice, channel);
    expect(refusal(refused)).toBe('RATE_LIMITED');
    expect(refused.errors?.[0]?.extensions.retryAfterMs).toBeLessThanOrEqual(3_000);
    expect(await types(bob, channel)).toEqual({ data: { sendTyping: true } });
    relay.clock.advance({ seconds: 3 });
    expect(await types(alice, channel)).toEqual({ data: { sendTyping: true } });
    await relay.stop();
  });
});

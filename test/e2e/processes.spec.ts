import { Redis } from 'ioredis';
import { people, type Person, wordsOf } from '../harness/person.js';
import { describeWithRedis, startRedis, type TestRedis } from '../harness/redis.js';
import { startRelay, type TestRelay } from '../harness/relay.js';

/** The story of two processes, told with whatever carries the bell between them. */
function twoProcesses(environment: () => Promise<Record<string, string>>): void {
  let here: TestRelay;
  let there: TestRelay;
  let alice: Person;
  let bob: Person;

  beforeAll(async () => {
    const env = await environment();
    here = await startRelay({ env });
    there = await startRelay({ env, beside: here });
    const [a, b] = (await people(here, 'alice', 'bob')) as [Person, Person];
    [alice, bob] = [a, b.movesTo(there)];
  });
  afterAll(async () => {
    await Promise.all([alice.goesAway(), bob.goesAway()]);
    await there.stop();
    await here.stop();
  });

  it('carry a conversation both ways', async () => {
    const channel = await alice.opensDirectWith(bob);
    const [alices, bobs] = [await alice.follows(channel).caughtUp(), await bob.follows(channel).caughtUp()];
    for (let n = 0; n < 5; n++) {
      await alice.posts(channel, `ping ${n}`);
      expect(wordsOf([await bobs.next()])).toEqual([`ping ${n}`]);
      await bob.posts(channel, `pong ${n}`);
      expect(wordsOf([await bobs.next()])).toEqual([`pong ${n}`]);
      expect(wordsOf(await alices.take(2))).toEqual([`ping ${n}`, `pong ${n}`]);
    }
  });

  it('number one log together, whoever writes', async () => {
    const channel = await alice.makesGroupWith(bob);
    const [alices, bobs] = [await alice.follows(channel).caughtUp(), await bob.follows(channel).caughtUp()];
    const posted = await Promise.all(
      Array.from({ length: 100 }, (_, n) => (n % 2 ? alice : bob).posts(channel, `${n}`)),
    );
    expect(posted.map(({ seq }) => seq).sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, n) => n + 1));
    const [first, second] = [await alices.take(100), await bobs.take(100)];
    expect(first).toEqual(second);
  });

  it('let a feed find what was opened at the other process', async () => {
    const feed = bob.followsAll([]);
    const channel = await alice.makesGroupWith(bob);
    await alice.posts(channel, 'hello from over there');
    let words: string[] = [];
    while (!words.includes('hello from over there')) {
      const page = await feed.page();
      if (page.channelId === channel) words = wordsOf(page.entries);
    }
    feed.stop();
  });

  it('give a removed member nothing after their removal', async () => {
    const [carol] = (await people(here, 'carol')) as [Person];
    const there2 = carol.movesTo(there);
    const channel = await alice.makesGroupWith(bob, carol);
    const inbox = await there2.follows(channel).caughtUp();
    const posting = Array.from({ length: 50 }, (_, n) => alice.triesToPost(channel, `${n}`));
    await alice.removes(carol, channel);
    await Promise.all(posting);
    await alice.posts(channel, 'without carol', { epoch: 2 });
    expect(await inbox.over()).toBe('complete');
    const seen = inbox.waiting.flatMap(({ entries }) => entries);
    expect(seen.at(-1)).toMatchObject({ change: 'REMOVED' });
    expect(seen.map(({ seq }) => seq)).toEqual(seen.map((_, index) => index + 1));
    await there2.goesAway();
  });
}

describe('two processes on one database, without Redis', () => {
  twoProcesses(() => Promise.resolve({}));
});

describeWithRedis('two processes on one database and one Redis', () => {
  let redis: TestRedis;
  afterAll(() => redis.stop());

  twoProcesses(async () => {
    redis = await startRedis();
    return { REDIS_URL: redis.url };
  });
});

describeWithRedis('somebody who writes into Redis', () => {
  it('ends no process and loses no message with news that is none', async () => {
    const redis = await startRedis();
    const relay = await startRelay({ env: { REDIS_URL: redis.url } });
    const [alice, bob] = (await people(relay, 'alice', 'bob')) as [Person, Person];
    const channel = await alice.opensDirectWith(bob);
    const inbox = await bob.follows(channel).caughtUp();
    const writer = new Redis(redis.url);
    const topics = (await writer.pubsub('CHANNELS')) as string[];
    const invented = ['', 'no JSON', 'null', '[]', '{}', '{"from":1,"payload":null}', '{"payload":{"heads":[[1]]}}'];
    invented.push(
      JSON.stringify({ from: 'me', payload: { heads: [[channel, 1e9]], sessionIds: [7], accountIds: 'x' } }),
    );
    for (const topic of topics) for (const news of invented) await writer.publish(topic, news);
    writer.disconnect();
    await alice.posts(channel, 'all the same');
    expect(topics.length).toBeGreaterThan(3);
    expect(wordsOf([await inbox.next()])).toEqual(['all the same']);
    await Promise.all([alice.goesAway(), bob.goesAway()]);
    await relay.stop();
    await redis.stop();
  });
});

describeWithRedis('a Redis that dies', () => {
  it('costs time, never a message', async () => {
    const redis = await startRedis();
    const here = await startRelay({ env: { REDIS_URL: redis.url } });
    const there = await startRelay({ env: { REDIS_URL: redis.url }, beside: here });
    const [alice, bobHere] = (await people(here, 'alice', 'bob')) as [Person, Person];
    const bob = bobHere.movesTo(there);
    const channel = await alice.opensDirectWith(bob);
    const inbox = await bob.follows(channel).caughtUp();
    await alice.posts(channel, 'with Redis');
    expect(wordsOf([await inbox.next()])).toEqual(['with Redis']);
    await redis.kill();
    await alice.posts(channel, 'without Redis');
    expect(wordsOf([await inbox.next()])).toEqual(['without Redis']);
    await redis.restart();
    await alice.posts(channel, 'with Redis again');
    expect(wordsOf([await inbox.next()])).toEqual(['with Redis again']);
    await Promise.all([alice.goesAway(), bob.goesAway()]);
    await there.stop();
    await here.stop();
    await redis.stop();
  });
});

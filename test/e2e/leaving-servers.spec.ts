import { Redis } from 'ioredis';
import { LogTails } from '../../src/realtime/log-tails.js';
import { granted } from '../harness/graphql-client.js';
import type { Entry, Inbox } from '../harness/inbox.js';
import { wordsOf } from '../harness/person.js';
import { describeWithRedis, startRedis, type TestRedis } from '../harness/redis.js';
import { startRelay, type TestRelay } from '../harness/relay.js';
import { inhabitants, type ServerMember } from '../harness/server-member.js';
import { within } from '../harness/within.js';

const entriesOf = (inbox: Inbox, channel: string): Entry[] =>
  inbox.waiting.filter(({ channelId }) => channelId === channel).flatMap(({ entries }) => entries);

describeWithRedis('who is out of a server', () => {
  let redis: TestRedis;
  let relay: TestRelay;
  let second: TestRelay;
  let alice: ServerMember;
  let bob: ServerMember;
  let carol: ServerMember;
  /** At the other process. */
  let bobThere: ServerMember;
  let carolThere: ServerMember;
  let server: string;
  let channels: [open: string, other: string, closed: string];

  beforeAll(async () => {
    redis = await startRedis();
    const env = { REDIS_URL: redis.url };
    relay = await startRelay({ env });
    second = await startRelay({ beside: relay, env });
    [alice, bob, carol] = await inhabitants(relay, 'alice', 'bob', 'carol');
    [bobThere, carolThere] = [bob.movesTo(second), carol.movesTo(second)];
  });
  beforeEach(async () => {
    server = await alice.makesServer();
    await alice.takesIn(server, bob, carol);
    const closed = await alice.makesChannel(server, { isPrivate: true });
    channels = [await alice.makesChannel(server), await alice.makesChannel(server), closed];
    for (const who of [bob, carol]) {
      await who.joinsChannels(channels[0], channels[1]);
      await alice.adds(who, closed);
    }
  });
  afterEach(() => Promise.all([bob, carol, bobThere, carolThere].map((person) => person.goesAway())));
  afterAll(async () => {
    await second.stop();
    await relay.stop();
    await redis.stop();
  });

  /** The whole log of a channel as carol reads it, who is never out. */
  const logOf = async (channel: string): Promise<Entry[]> => {
    const log: Entry[] = [];
    for (let after: string | undefined; ;) {
      const page = await carol.reads(channel, after);
      log.push(...page.entries);
      after = page.cursor;
      if (page.caughtUp) return log;
    }
  };

  /** Everybody posts everywhere while somebody goes, so that much is on its way when they do. */
  const whilePosting = async (goes: () => Promise<unknown>): Promise<void> => {
    const hammer = async (who: ServerMember, channel: string) => {
      for (let n = 0; n < 12; n++)
        for (const epoch of [3, 4]) await who.triesToPost(channel, `${epoch} ${n}`, { epoch });
    };
    const posting = channels.flatMap((channel) => [hammer(alice, channel), hammer(carolThere, channel)]);
    // Not before there is something to be in the middle of.
    await alice.posts(channels[0], 'under way', { epoch: 3 });
    await Promise.all([goes(), ...posting]);
  };

  it.each([
    ['REMOVED', () => alice.triesToRemoveFrom(server, bob)],
    ['LEFT', () => bobThere.triesToLeave(server)],
  ])('gets the entry %s in each of its channels and nothing after it, on every process', async (change, goes) => {
    const feeds = [bob, bobThere].map((who) => who.followsAll());
    const logs = [bob, bobThere].map((who) => channels.map((channel) => who.follows(channel)));
    await Promise.all([...feeds, ...logs.flat()].map((inbox) => inbox.caughtUp()));
    await whilePosting(async () => granted<object>(await goes()));
    // And more afterwards, which bodies of the old epochs are not.
    for (const channel of channels) await alice.posts(channel, 'the last', { epoch: 4 });

    for (const [index, channel] of channels.entries()) {
      const log = await logOf(channel);
      const place = log.findIndex((entry) => entry.change === change && entry.accountId === bob.id);
      const bobs = log.slice(0, place + 1);
      expect(place).toBeGreaterThan(0);
      expect(wordsOf(log.slice(-1))).toEqual(['the last']);
      for (const follows of logs) {
        expect(await follows[index]?.over()).toBe('complete');
        const seen = entriesOf(follows[index] as Inbox, channel);
        expect(seen).toEqual(bobs.slice(-seen.length));
        expect(seen.at(-1)).toMatchObject({ change, accountId: bob.id });
      }
    }
    // Feeds go on, without the server.
    const direct = await alice.opensDirectWith(bob);
    const { seq } = await alice.posts(direct, `still friends, ${change}`);
    for (const feed of feeds) {
      const fed = new Map<string, Entry[]>();
      while (!fed.get(direct)?.some((entry) => entry.seq === seq)) {
        const { channelId, entries } = await feed.page();
        fed.set(channelId, [...(fed.get(channelId) ?? []), ...entries]);
      }
      for (const channel of channels) {
        const bobs = fed.get(channel)?.at(-1);
        expect(bobs).toMatchObject({ change, accountId: bob.id });
      }
    }
  });

  it('comes back without what was said meanwhile', async () => {
    const [channel] = channels;
    granted(await bob.triesToLeave(server));
    await alice.posts(channel, 'without bob', { epoch: 4 });
    await alice.takesIn(server, bob);
    // Back in the server, in no channel of it yet.
    expect(
      (await bob.asks<{ channels: { nodes: { id: string }[] } }>('{ channels { nodes { id } } }')).channels.nodes,
    ).toEqual(expect.not.arrayContaining(channels.map((id) => ({ id }))));
    await bob.joinsChannels(channel);
    const page = await bob.reads(channel);
    expect(page.entries.at(-1)).toMatchObject({ change: 'LEFT', accountId: bob.id });
    const rest = await bob.reads(channel, page.cursor);
    expect(rest.gaps).toMatchObject([{ reason: 'NOT_A_MEMBER' }]);
    expect(rest.entries).toMatchObject([{ change: 'JOINED', accountId: bob.id }]);
  });

  it.each([
    ['its channel is', async () => granted(await alice.triesToDeleteChannel(channels[0])), 1],
    ['it is', async () => granted(await alice.triesToDeleteServer(server)), 3],
  ])('is told NOT_FOUND when %s deleted, on every process, and a feed goes on', async (_, goes, count) => {
    const gone = channels.slice(0, count);
    const feeds = [bob, bobThere].map((who) => who.followsAll());
    const logs = [bob, bobThere].flatMap((who) => gone.map((channel) => who.follows(channel)));
    await Promise.all([...feeds, ...logs].map((inbox) => inbox.caughtUp()));
    await goes();
    for (const log of logs) expect(JSON.stringify(await log.over())).toContain('"NOT_FOUND"');

    const direct = await alice.opensDirectWith(bob);
    const { seq } = await alice.posts(direct, 'still friends');
    for (const feed of feeds)
      for (let told = false; !told;) {
        const { channelId, entries } = await feed.page();
        told = channelId === direct && entries.some((entry) => entry.seq === seq);
      }
    for (const feed of feeds) expect(feed.ended).toBeUndefined();
  });

  it('is not out because somebody says so in Redis', async () => {
    const [channel] = channels;
    const log = await bobThere.follows(channel).caughtUp();
    const counts = () => second.app.get(LogTails).counts;
    await within(2_000, () => counts().live === 1);
    const liar = new Redis(redis.url);
    const heard = await liar.publish(
      'lethe:channels-deleted',
      JSON.stringify({ from: 'nobody', payload: { channelIds: [channel] } }),
    );
    liar.disconnect();
    expect(heard).toBe(2);
    await alice.posts(channel, 'it is not', { epoch: 3 });
    expect(wordsOf([await log.next()])).toEqual(['it is not']);
    // Nor does it have to ask for every message from now on.
    await within(2_000, () => counts().live === 1);
  });

  it('learns of a deletion without Redis, too', async () => {
    const [channel] = channels;
    const [log, feed] = [bobThere.follows(channel), bobThere.followsAll()];
    await Promise.all([log, feed].map((inbox) => inbox.caughtUp()));
    const direct = await alice.opensDirectWith(bob);
    await redis.kill();
    granted(await alice.triesToDeleteChannel(channel));
    expect(JSON.stringify(await log.over())).toContain('"NOT_FOUND"');
    await alice.posts(direct, 'hello');
    for (let told = false; !told;) told = wordsOf((await feed.page()).entries).includes('hello');
    await redis.restart();
  });
});

import { opened, people, type Person, wordsOf } from '../harness/person.js';
import { RawSocket } from '../harness/raw-socket.js';
import { startRelay, type TestRelay } from '../harness/relay.js';
import { within } from '../harness/within.js';
import { LogTails } from '../../src/realtime/log-tails.js';

describe('live followers', () => {
  let relay: TestRelay;
  let alice: Person;
  let bob: Person;
  const live = () => relay.app.get(LogTails).counts.live;

  beforeAll(async () => {
    relay = await startRelay();
    [alice, bob] = (await people(relay, 'alice', 'bob')) as [Person, Person];
  });
  afterAll(async () => {
    await Promise.all([alice.goesAway(), bob.goesAway()]);
    await relay.stop();
  });

  it('share one execution, and each hears everything once under its own id', async () => {
    const channel = await alice.opensDirectWith(bob);
    const inboxes = await Promise.all(
      Array.from({ length: 40 }, (_, n) => (n % 2 ? alice : bob).follows(channel).caughtUp()),
    );
    await within(5_000, () => live() === 40);
    await Promise.all(Array.from({ length: 60 }, (_, n) => alice.posts(channel, `${n}`)));
    const logs = await Promise.all(inboxes.map(async (inbox) => (await inbox.take(60)).map(({ id }) => id)));
    for (const log of logs) expect(log).toEqual(logs[0]);
    expect(new Set(logs[0]).size).toBe(60);

    for (const inbox of inboxes) inbox.stop();
    await within(5_000, () => live() === 0);
    expect(relay.app.get(LogTails).counts.tails).toBe(0);
  });

  it('each get what they selected', async () => {
    const channel = await alice.makesGroupWith(bob);
    const socket = await RawSocket.as(relay, bob.token);
    const query =
      'subscription ($id: ID!, $bodies: Boolean!) { channelLog(channelId: $id) { entries { seq ... on Message { sealedBody @include(if: $bodies) } } } }';
    socket.subscribe('with', query, { id: channel, bodies: true });
    socket.subscribe('without', query, { id: channel, bodies: false });
    await within(5_000, () => live() === 2);
    await alice.posts(channel, 'hello');
    const got = new Map<string, { seq: number; sealedBody?: string }>();
    while (got.size < 2) {
      const { id, payload } = await socket.next('next');
      const { entries } = payload?.data?.channelLog as { entries: { seq: number; sealedBody?: string }[] };
      for (const entry of entries) got.set(id ?? '', entry);
    }
    expect(opened(got.get('with')?.sealedBody ?? '')).toBe('hello');
    expect(got.get('without')).toEqual({ seq: 1 });
    socket.webSocket.close();
  });

  it('of a feed hear all channels on one operation', async () => {
    const channels = [
      await alice.opensDirectWith(bob),
      await alice.makesGroupWith(bob),
      await bob.makesGroupWith(alice),
    ];
    const feed = bob.followsAll();
    // Everything bob was in before is in his feed, too.
    const known = (await bob.asks<{ channels: { nodes: unknown[] } }>('{ channels { nodes { id } } }')).channels.nodes;
    await within(5_000, () => live() === known.length);
    await Promise.all(channels.map((channel) => alice.posts(channel, channel)));
    const heard = new Set<string>();
    while (heard.size < channels.length) {
      const page = await feed.page();
      for (const words of wordsOf(page.entries)) {
        expect(words).toBe(page.channelId);
        heard.add(words);
      }
    }
    feed.stop();
  });

  it('are nobody’s burden once they are gone without a word', async () => {
    const channel = await alice.makesGroupWith(bob);
    const socket = await RawSocket.as(relay, bob.token);
    socket.subscribe('1', 'subscription ($id: ID!) { channelLog(channelId: $id) { cursor } }', { id: channel });
    await within(5_000, () => live() === 1);
    socket.webSocket.terminate();
    await within(5_000, () => live() === 0);
    await alice.posts(channel, 'into the void');
  });
});

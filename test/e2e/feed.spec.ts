import { randomUUID } from 'node:crypto';
import type { Page } from '../harness/inbox.js';
import { people, type Person, wordsOf } from '../harness/person.js';
import { startRelay, type TestRelay } from '../harness/relay.js';

describe('a feed', () => {
  let relay: TestRelay;
  let alice: Person;
  let bob: Person;

  beforeAll(async () => {
    relay = await startRelay();
    [alice, bob] = (await people(relay, 'alice', 'bob')) as [Person, Person];
  });
  afterEach(() => bob.goesAway());
  afterAll(async () => {
    await alice.goesAway();
    await relay.stop();
  });

  it('tells a channel whole that began while its member was away', async () => {
    const channel = await alice.makesGroupWith(bob);
    await alice.posts(channel, 'one');
    await alice.posts(channel, 'two');

    const page = await bob.followsAll([]).page();

    expect(page).toMatchObject({ channelId: channel, gaps: [], caughtUp: true });
    expect(wordsOf(page.entries)).toEqual(['one', 'two']);
  });

  it('tells a channel whole that begins while its member follows', async () => {
    const feed = bob.followsAll([]);
    const channel = await alice.makesGroupWith(bob);
    await alice.posts(channel, 'hello');

    const pages = [await feed.page()];
    while (!pages.some(({ channelId, entries }) => channelId === channel && entries.length > 0))
      pages.push(await feed.page());

    const ofChannel = pages.filter(({ channelId }) => channelId === channel);
    expect(ofChannel.flatMap(({ gaps }) => gaps)).toEqual([]);
    expect(wordsOf(ofChannel.flatMap(({ entries }) => entries))).toEqual(['hello']);
  });

  it('leads every later member to their own entry first, and speaks of nothing before it', async () => {
    const channel = await alice.makesGroupWith();
    await alice.posts(channel, 'before bob');
    await alice.adds(bob, channel);
    await alice.posts(channel, 'with bob', { epoch: 2 });

    const pages: Page[] = [];
    const feed = bob.followsAll([]);
    while (!pages.some(({ channelId, caughtUp }) => channelId === channel && caughtUp)) pages.push(await feed.page());

    const ofChannel = pages.filter(({ channelId }) => channelId === channel);
    expect(ofChannel.flatMap(({ gaps }) => gaps)).toEqual([]);
    expect(ofChannel.flatMap(({ entries }) => entries.map(({ seq }) => seq))).toEqual([2, 3]);
  });

  it('knows a channel by its id in upper case, too', async () => {
    const channel = await alice.makesGroupWith(bob);
    await alice.posts(channel, 'read before');
    const { cursor } = await bob.reads(channel);

    const page = await bob.followsAll([{ channelId: channel.toUpperCase(), after: cursor }]).page();

    expect(page).toMatchObject({ channelId: channel, entries: [], caughtUp: true });
  });

  it.each([
    ['what is not an id', [{ channelId: 'everything', after: 'x' }], 'BAD_ID'],
    ['what is not a cursor', [{ channelId: randomUUID(), after: 'x'.repeat(257) }], 'BAD_CURSOR'],
    ['more cursors than it takes', cursors(1_001), 'INVALID_VALUE'],
  ])('refuses %s', async (_, after, reason) => {
    const feed = bob.followsAll(after);
    expect(JSON.stringify(await feed.over())).toContain(reason);
  });
});

function cursors(count: number): { channelId: string; after: string }[] {
  return Array.from({ length: count }, () => ({ channelId: randomUUID(), after: 'x' }));
}

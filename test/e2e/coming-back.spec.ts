import type { Inbox, Page } from '../harness/inbox.js';
import { people, type Person } from '../harness/person.js';
import { startRelay, type TestRelay } from '../harness/relay.js';

/** Every place of a channel up to one, in the order it was told: entries as they are, gaps as what they span. */
async function toldOf(inbox: Inbox, channelId: string, upTo: number): Promise<string> {
  const told: string[] = [];
  let page: Page;
  do {
    page = await inbox.page();
    if (page.channelId !== channelId) continue;
    for (const { fromSeq, toSeq } of page.gaps) told.push(`(${fromSeq}-${toSeq})`);
    for (const { seq } of page.entries) told.push(`${seq}`);
  } while (!told.includes(`${upTo}`));
  return told.join(' ');
}

describe('somebody who comes back to a group', () => {
  let relay: TestRelay;
  let alice: Person;
  let bob: Person;
  let carol: Person;
  let group: string;

  beforeAll(async () => {
    relay = await startRelay();
    [alice, bob, carol] = (await people(relay, 'alice', 'bob', 'carol')) as [Person, Person, Person];
  });
  afterAll(async () => {
    await Promise.all([alice, bob, carol].map((person) => person.goesAway()));
    await relay.stop();
  });
  beforeEach(async () => {
    group = await alice.makesGroupWith(bob, carol);
    // Somebody who follows all the time keeps the newest entries in the relay's memory.
    bob.follows(group);
  });
  afterEach(() => Promise.all([bob.goesAway(), carol.goesAway()]));

  it('is not shown what was said without them, though they resume right after their removal', async () => {
    const before = await carol.follows(group).caughtUp();
    await alice.posts(group, 'with carol');
    await alice.removes(carol, group);
    expect((await before.take(2)).map(({ seq }) => seq)).toEqual([1, 2]);
    await alice.posts(group, 'without carol', { epoch: 2 });
    await alice.adds(carol, group);
    await alice.posts(group, 'with carol again', { epoch: 3 });

    expect(await toldOf(carol.follows(group, before.cursor), group, 5)).toBe('(3-3) 4 5');
  });

  it('is told of the gap on a feed that went on meanwhile', async () => {
    const feed = await carol.followsAll([]).caughtUp();
    await alice.posts(group, 'with carol');
    await alice.removes(carol, group);
    await alice.posts(group, 'without carol', { epoch: 2 });
    await alice.adds(carol, group);
    await alice.posts(group, 'with carol again', { epoch: 3 });

    expect(await toldOf(feed, group, 5)).toBe('1 2 (3-3) 4 5');
  });

  it('is told the rest of their first time on a feed that began while they were out', async () => {
    const { cursor } = await carol.reads(group);
    await alice.posts(group, 'with carol');
    await alice.removes(carol, group);
    const feed = carol.followsAll([{ channelId: group, after: cursor }]);
    const other = await alice.makesGroupWith(carol);
    while ((await feed.page()).channelId !== other);
    await alice.posts(group, 'without carol', { epoch: 2 });
    await alice.adds(carol, group);
    await alice.posts(group, 'with carol again', { epoch: 3 });

    expect(await toldOf(feed, group, 5)).toBe('1 2 (3-3) 4 5');
  });
});

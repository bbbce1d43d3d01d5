import { randomUUID } from 'node:crypto';
import { refusal } from '../harness/graphql-client.js';
import { opened, people, type Person, wordsOf } from '../harness/person.js';
import { startRelay, type TestRelay } from '../harness/relay.js';

describe('a conversation', () => {
  let relay: TestRelay;
  let alice: Person;
  let bob: Person;
  let carol: Person;

  beforeAll(async () => {
    relay = await startRelay();
    [alice, bob, carol] = (await people(relay, 'alice', 'bob', 'carol')) as [Person, Person, Person];
  });
  afterAll(async () => {
    await Promise.all([alice, bob, carol].map((person) => person.goesAway()));
    await relay.stop();
  });

  it('lets a member post and the others receive', async () => {
    const channel = await alice.opensDirectWith(bob);
    const inbox = await bob.follows(channel).caughtUp();

    const posted = await alice.posts(channel, 'hello');

    expect(posted).toMatchObject({ seq: 1, duplicate: false });
    const entry = await inbox.next();
    expect(entry).toMatchObject({ __typename: 'Message', seq: 1, id: posted.id });
    expect(opened(entry.sealedBody ?? '')).toBe('hello');
  });

  it('has one direct channel a pair, whoever opens it and however many at once', async () => {
    const opened = await Promise.all([
      ...Array.from({ length: 5 }, () => alice.opensDirectWith(carol)),
      ...Array.from({ length: 5 }, () => carol.opensDirectWith(alice)),
    ]);
    expect(new Set(opened).size).toBe(1);
  });

  it('gives every follower the same order, live and by replay', async () => {
    const channel = await alice.makesGroupWith(bob, carol);
    const live = await bob.follows(channel).caughtUp();
    await Promise.all(Array.from({ length: 40 }, (_, n) => (n % 2 ? alice : bob).posts(channel, `message ${n}`)));
    const seen = await live.take(40);
    expect(seen.map(({ seq }) => seq)).toEqual(Array.from({ length: 40 }, (_, n) => n + 1));

    const { entries, caughtUp, gaps } = await carol.reads(channel);
    expect(entries.map(({ id }) => id)).toEqual(seen.map(({ id }) => id));
    expect({ caughtUp, gaps }).toEqual({ caughtUp: true, gaps: [] });
  });

  it('lets somebody go away and miss nothing', async () => {
    const channel = await alice.makesGroupWith(bob);
    const before = await bob.follows(channel).caughtUp();
    await alice.posts(channel, 'one');
    expect(wordsOf([await before.next()])).toEqual(['one']);
    await bob.goesAway();

    for (const words of ['two', 'three', 'four']) await alice.posts(channel, words);
    const after = bob.follows(channel, before.cursor);
    expect(wordsOf(await after.take(3))).toEqual(['two', 'three', 'four']);
    await alice.posts(channel, 'five');
    expect(wordsOf([await after.next()])).toEqual(['five']);
  });

  it('replays a log longer than a page and goes live without a gap', async () => {
    const channel = await alice.makesGroupWith(bob);
    const start = (await bob.reads(channel)).cursor;
    await Promise.all(Array.from({ length: 250 }, (_, n) => alice.posts(channel, `${n}`)));
    const inbox = bob.follows(channel, start);
    const busy = Promise.all(Array.from({ length: 50 }, (_, n) => alice.posts(channel, `live ${n}`)));
    const seen = await inbox.take(300);
    await busy;
    expect(seen.map(({ seq }) => seq)).toEqual(Array.from({ length: 300 }, (_, n) => n + 1));
  });

  it('takes a retry as the same message, and the same key with another body as a mistake', async () => {
    const channel = await alice.makesGroupWith(bob);
    const clientMessageId = randomUUID();
    const first = await alice.posts(channel, 'once', { clientMessageId });
    const again = await Promise.all([1, 2, 3].map(() => alice.posts(channel, 'once', { clientMessageId })));
    for (const retry of again) expect(retry).toEqual({ ...first, duplicate: true });
    expect(refusal(await alice.triesToPost(channel, 'other', { clientMessageId }))).toBe(
      'CONFLICT/IDEMPOTENCY_KEY_REUSED',
    );
    // Another member's key is another key.
    expect(await bob.posts(channel, 'once', { clientMessageId })).toMatchObject({ seq: 2, duplicate: false });
    expect((await alice.looksAt(channel)).headSeq).toBe(2);
  });

  it('follows every channel at once, those that come later too', async () => {
    const known = await alice.makesGroupWith(bob);
    const feed = await alice.followsAll().caughtUp();
    await bob.posts(known, 'in a channel she knew');
    const later = await bob.opensDirectWith(alice).then(() => bob.makesGroupWith(alice));
    await bob.posts(later, 'in a channel that came later');

    const found = new Map<string, string>();
    while (found.size < 2) {
      const page = await feed.page();
      for (const words of wordsOf(page.entries)) found.set(page.channelId, words);
    }
    expect(found.get(known)).toBe('in a channel she knew');
    expect(found.get(later)).toBe('in a channel that came later');
  });

  it('pages through messages in both directions', async () => {
    const channel = await alice.makesGroupWith(bob);
    for (let n = 1; n <= 7; n++) await alice.posts(channel, `${n}`);
    const read = async (window: string) => {
      const { channel: found } = await bob.asks<{
        channel: { messages: { nodes: { sealedBody: string }[]; pageInfo: Record<string, unknown> } };
      }>(
        `query ($id: ID!) { channel(id: $id) { messages(${window}) { nodes { sealedBody } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }`,
        { id: channel },
      );
      const { nodes, pageInfo } = found.messages;
      return { words: nodes.map(({ sealedBody }) => opened(sealedBody)).join(' '), ...pageInfo } as Record<
        string,
        unknown
      >;
    };
    const start = await read('first: 3');
    expect(start).toMatchObject({ words: '1 2 3', hasNextPage: true, hasPreviousPage: false });
    expect(await read(`first: 9, after: "${String(start.endCursor)}"`)).toMatchObject({
      words: '4 5 6 7',
      hasNextPage: false,
      hasPreviousPage: true,
    });
    const end = await read('last: 2');
    expect(end).toMatchObject({ words: '6 7', hasNextPage: false, hasPreviousPage: true });
    expect(await read(`last: 2, before: "${String(end.startCursor)}"`)).toMatchObject({
      words: '4 5',
      hasNextPage: true,
    });
  });
});

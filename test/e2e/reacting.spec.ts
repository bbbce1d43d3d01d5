import { randomUUID } from 'node:crypto';
import { Pools } from '../../src/database/pools.js';
import { edits, historyOf, newSecret, postsOwn, reacts, retracts, sees, triesToReact } from '../harness/author.js';
import { refusal } from '../harness/graphql-client.js';
import { people, type Person, sealed, wordsOf } from '../harness/person.js';
import { RawSocket } from '../harness/raw-socket.js';
import { startRelay, type TestRelay } from '../harness/relay.js';
import { statementsOf } from '../harness/statements.js';

describe('reacting to a message', () => {
  let relay: TestRelay;
  let alice: Person;
  let bob: Person;
  let channel: string;

  beforeAll(async () => {
    relay = await startRelay();
    [alice, bob] = (await people(relay, 'alice', 'bob')) as [Person, Person];
  });
  beforeEach(async () => {
    channel = await alice.makesGroupWith(bob);
  });
  afterAll(async () => {
    await Promise.all([alice.goesAway(), bob.goesAway()]);
    await relay.stop();
  });

  it('is an entry of the log that shows beside the message', async () => {
    const live = await alice.follows(channel).caughtUp();
    const message = await alice.posts(channel, 'news');
    const reaction = await reacts(bob, channel, message.id, '+1');
    const told = { __typename: 'Reaction', id: reaction.id, seq: 2, refersTo: message.id, sealedBody: sealed('+1') };
    expect((await live.take(2))[1]).toEqual(told);
    expect((await sees(alice, message.id)).reactions).toEqual([{ seq: 2, sealedBody: sealed('+1') }]);
    // An answer is a message of its own.
    await bob.posts(channel, 'an answer', { refersTo: message.id });
    expect((await historyOf(alice, channel)).map(({ reactions }) => reactions.length)).toEqual([1, 0]);
    live.stop();
  });

  it('can come from fifty at once, each with its place', async () => {
    const live = await alice.follows(channel).caughtUp();
    const message = await alice.posts(channel, 'news');
    const all = await Promise.all(
      Array.from({ length: 50 }, (_, n) => reacts(n % 2 ? alice : bob, channel, message.id, `${n}`)),
    );
    const places = Array.from({ length: 50 }, (_, n) => n + 2);
    expect(all.map(({ seq }) => seq).sort((a, b) => a - b)).toEqual(places);
    expect((await sees(bob, message.id)).reactions.map(({ seq }) => seq)).toEqual(places);
    expect((await live.take(51)).map(({ seq }) => seq)).toEqual([1, ...places]);
    live.stop();
  });

  it('can be asked for again without a second reaction', async () => {
    const message = await alice.posts(channel, 'news');
    const clientMessageId = randomUUID();
    const all = await Promise.all(
      Array.from({ length: 10 }, () => reacts(bob, channel, message.id, '+1', { clientMessageId })),
    );
    expect(new Set(all.map(({ id }) => id)).size).toBe(1);
    expect(all.filter(({ duplicate }) => !duplicate)).toHaveLength(1);
    const other = await alice.posts(channel, 'other news');
    expect(refusal(await triesToReact(bob, channel, other.id, '+1', { clientMessageId }))).toBe(
      'CONFLICT/IDEMPOTENCY_KEY_REUSED',
    );
  });

  it('needs a message that is there', async () => {
    const elsewhere = await alice.posts(await alice.makesGroupWith(bob), 'elsewhere');
    const message = await postsOwn(alice, channel, 'news', { expiresInSeconds: 60 });
    const gone = await postsOwn(alice, channel, 'gone');
    await retracts(alice, gone.id, gone.authorSecret);
    const reaction = await reacts(bob, channel, message.id, '+1');
    relay.clock.advance({ seconds: 61 });
    const outcome = async (id: string) => refusal(await triesToReact(bob, channel, id, '+1'));
    expect(await outcome(elsewhere.id)).toBe('BAD_USER_INPUT/INVALID_VALUE');
    expect(await outcome(`${message.id.slice(0, -2)}ZA`)).toBe('BAD_USER_INPUT/INVALID_VALUE');
    expect(await outcome(reaction.id)).toBe('BAD_USER_INPUT/INVALID_VALUE');
    expect(await outcome(message.id)).toBe('EXPIRED/MESSAGE_EXPIRED');
    expect(await outcome(gone.id)).toBe('CONFLICT/RETRACTED');
    const [carol] = (await people(relay, 'carol')) as [Person];
    expect(refusal(await triesToReact(carol, channel, message.id, '+1'))).toBe('NOT_FOUND');
    expect(refusal(await triesToReact(bob, channel, gone.id, '+1', { epoch: 2 }))).toBe('CONFLICT/RETRACTED');
  });

  it('is over when the message has 250, until one is taken back', async () => {
    const message = await alice.posts(channel, 'popular');
    const { authorSecret, authorTag } = newSecret();
    const first = await reacts(alice, channel, message.id, 'first', { authorTag });
    await Promise.all(Array.from({ length: 249 }, (_, n) => reacts(bob, channel, message.id, `${n}`)));
    expect((await sees(bob, message.id)).reactions).toHaveLength(250);
    expect(refusal(await triesToReact(bob, channel, message.id, 'late'))).toBe('LIMIT_REACHED/TOO_MANY_REACTIONS');
    await retracts(alice, first.id, authorSecret);
    await reacts(bob, channel, message.id, 'in time');
    expect((await sees(bob, message.id)).reactions).toHaveLength(250);
  });

  it('shows those of its time to somebody who was away in between', async () => {
    const message = await alice.posts(channel, 'news');
    await reacts(alice, channel, message.id, 'with bob');
    await alice.removes(bob, channel);
    await reacts(alice, channel, message.id, 'without bob', { epoch: 2 });
    await alice.adds(bob, channel);
    await reacts(alice, channel, message.id, 'with bob again', { epoch: 3 });
    expect(wordsOf((await sees(bob, message.id)).reactions as never)).toEqual(['with bob', 'with bob again']);
    expect((await sees(alice, message.id)).reactions).toHaveLength(3);
  });

  it('costs a page one statement for all its messages, and a follower none', async () => {
    const messages = await Promise.all(Array.from({ length: 20 }, (_, n) => postsOwn(alice, channel, `${n}`)));
    for (const message of messages) {
      await Promise.all([1, 2, 3].map((n) => reacts(bob, channel, message.id, `${n}`)));
      await edits(alice, message, 'edited');
    }
    const { read } = relay.app.get(Pools);
    const asked = await statementsOf(read, async () => {
      const history = await historyOf(bob, channel, 20);
      expect(history.map(({ reactions, edits }) => reactions.length + edits.length)).toEqual(Array(20).fill(4));
    });
    expect(asked.sort()).toEqual(['amendments', 'amendments', 'message statuses', 'messages DESC']);

    const query = `query ($id: ID!) { channelLog(channelId: $id) { entries { ... on Message { status
      reactions { seq } edits { seq } } } } }`;
    expect((await statementsOf(read, () => bob.asks(query, { id: channel }))).sort()).toEqual([
      'amendments',
      'amendments',
      'message statuses',
      'read-for',
    ]);

    const live = await bob.follows(channel).caughtUp();
    const following = await statementsOf(read, async () => {
      await reacts(alice, channel, messages[0]!.id, 'live');
      await live.next();
    });
    expect(following.filter((name) => name !== 'heads')).toEqual([]);
    live.stop();
  });

  it('is shown to followers who ask for it beside the message', async () => {
    const socket = await RawSocket.as(relay, bob.token);
    const { cursor: after } = await bob.reads(channel);
    const message = await postsOwn(alice, channel, 'news');
    await reacts(bob, channel, message.id, '+1');
    await edits(alice, message, 'edited');
    socket.subscribe(
      'log',
      `subscription ($id: ID!, $after: Cursor) { channelLog(channelId: $id, after: $after) {
        entries { ... on Message { seq status reactions { seq } edits { seq } } } } }`,
      { id: channel, after },
    );
    const { payload } = await socket.next('next');
    expect(payload?.data?.channelLog).toMatchObject({
      entries: [{ seq: 1, status: 'SENT', reactions: [{ seq: 2 }], edits: [{ seq: 3 }] }, {}, {}],
    });
    await alice.posts(channel, 'live');
    const { payload: live } = await socket.next('next');
    expect(live?.data?.channelLog).toMatchObject({ entries: [{ seq: 4, status: 'SENT', reactions: [], edits: [] }] });
    socket.webSocket.close();
  });
});

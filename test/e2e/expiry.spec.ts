import { people, Person, wordsOf } from '../harness/person.js';
import { refusal } from '../harness/graphql-client.js';
import { refresh } from '../harness/people.js';
import { startRelay, type TestRelay } from '../harness/relay.js';

describe('messages that expire', () => {
  let relay: TestRelay;
  let alice: Person;
  let bob: Person;

  beforeEach(async () => {
    relay = await startRelay();
    [alice, bob] = (await people(relay, 'alice', 'bob')) as [Person, Person];
  });
  afterEach(async () => {
    await Promise.all([alice.goesAway(), bob.goesAway()]);
    await relay.stop();
  });

  it('are gone from every answer at their time, and announced as a gap', async () => {
    const group = await alice.makesGroupWith(bob);
    const live = await bob.follows(group).caughtUp();
    await alice.posts(group, 'stays');
    const fleeting = await alice.posts(group, 'goes', { expiresInSeconds: 60 });
    await alice.posts(group, 'goes, too', { expiresInSeconds: 60 });
    await alice.posts(group, 'stays, too');
    expect(wordsOf(await live.take(4))).toEqual(['stays', 'goes', 'goes, too', 'stays, too']);

    relay.clock.advance({ seconds: 61 });
    const gap = { fromSeq: 2, toSeq: 3, reason: 'EXPIRED' };
    const page = await bob.reads(group);
    expect(page.gaps).toEqual([gap]);
    expect(wordsOf(page.entries)).toEqual(['stays', 'stays, too']);
    expect(refusal(await bob.tries('query ($id: ID!) { message(id: $id) { sealedBody } }', { id: fleeting.id }))).toBe(
      'NOT_FOUND',
    );
    const { channel } = await bob.asks<{ channel: { messages: { nodes: { seq: number }[] } } }>(
      'query ($id: ID!) { channel(id: $id) { messages { nodes { seq } } } }',
      { id: group },
    );
    expect(channel.messages.nodes).toEqual([{ seq: 1 }, { seq: 4 }]);

    // From the ring of a live process and from PostgreSQL alike.
    const start = (await bob.reads(group, undefined, 1)).cursor;
    for (const inbox of [bob.follows(group, start), bob.followsAll([{ channelId: group, after: start }])])
      expect(await inbox.page()).toMatchObject({ gaps: [gap], entries: [{ seq: 4 }], caughtUp: true });
  });

  it('take the time of their channel when they bring none', async () => {
    const { createGroup } = await alice.asks<{ createGroup: { id: string } }>(
      'mutation ($input: CreateGroupInput!) { createGroup(input: $input) { id } }',
      {
        input: {
          memberIds: [bob.id],
          sealedMeta: Buffer.alloc(16, 0xff).toString('base64'),
          defaultTtlSeconds: 3600,
        },
      },
    );
    const posted = await alice.posts(createGroup.id, 'for an hour');
    const query = 'query ($id: ID!) { message(id: $id) { createdAt expiresAt } }';
    const { message } = await bob.asks<{ message: { createdAt: string; expiresAt: string } }>(query, { id: posted.id });
    expect(Date.parse(message.expiresAt) - Date.parse(message.createdAt)).toBe(3_600_000);
  });

  it('leave a gap where the log was trimmed, and a cursor from before a restore says so', async () => {
    const group = await alice.makesGroupWith(bob);
    for (const words of ['1', '2', '3', '4', '5']) await alice.posts(group, words);
    const old = (await bob.reads(group, undefined, 1)).cursor;
    await relay.rows('DELETE FROM channel_entries WHERE channel_id = $1 AND seq <= 3', [group]);
    await relay.rows('UPDATE channel_heads SET floor_seq = 3 WHERE channel_id = $1', [group]);
    expect(await bob.reads(group, old)).toMatchObject({
      gaps: [{ fromSeq: 2, toSeq: 3, reason: 'EXPIRED' }],
      entries: [{ seq: 4 }, { seq: 5 }],
    });

    await relay.rows('UPDATE deployment SET epoch = gen_random_uuid()');
    const restored = await startRelay({ beside: relay });
    const answer = await bob
      .movesTo(restored)
      .tries('query ($id: ID!, $after: Cursor) { channelLog(channelId: $id, after: $after) { cursor } }', {
        id: group,
        after: old,
      });
    expect(refusal(answer)).toBe('EXPIRED/STREAM_RESET');
    await restored.stop();
  });

  it('never let a reader pass over a place in silence', async () => {
    const group = await alice.makesGroupWith(bob);
    for (const words of ['1', '2', '3']) await alice.posts(group, words);
    await relay.rows('DELETE FROM channel_entries WHERE channel_id = $1 AND seq = 2', [group]);
    const answer = await bob.tries('query ($id: ID!) { channelLog(channelId: $id) { cursor } }', { id: group });
    expect(refusal(answer)).toBe('INTERNAL_SERVER_ERROR');
  });

  it('outlive nothing: a session that is renewed much later sees none of them', async () => {
    const group = await alice.makesGroupWith(bob);
    await alice.posts(group, 'goes', { expiresInSeconds: 86_400 });
    relay.clock.advance({ days: 2 });
    const bobLater = new Person(relay, await refresh(relay, bob.tokens));
    expect(await bobLater.reads(group)).toMatchObject({ entries: [], gaps: [{ fromSeq: 1, toSeq: 1 }] });
  });
});

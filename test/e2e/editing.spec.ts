import { randomUUID } from 'node:crypto';
import { edits, historyOf, newSecret, postsOwn, reacts, retracts, sees, triesToEdit } from '../harness/author.js';
import { refusal } from '../harness/graphql-client.js';
import { people, type Person, sealed, wordsOf } from '../harness/person.js';
import { startRelay, type TestRelay } from '../harness/relay.js';

describe('editing a message', () => {
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
    const live = await bob.follows(channel).caughtUp();
    const message = await postsOwn(alice, channel, 'helo');
    const edit = await edits(alice, message, 'hello');
    expect(edit).toMatchObject({ seq: 2, duplicate: false });

    const told = { __typename: 'MessageEdit', id: edit.id, seq: 2, refersTo: message.id, sealedBody: sealed('hello') };
    expect((await live.take(2))[1]).toEqual(told);
    expect((await bob.reads(channel)).entries[1]).toEqual(told);
    expect(await sees(bob, message.id)).toMatchObject({ seq: 1, sealedBody: sealed('helo') });
    expect((await historyOf(bob, channel)).map(({ edits: [newest] }) => newest?.sealedBody)).toEqual([sealed('hello')]);

    await edits(alice, message, 'hello there', { sealedBody: sealed('hello there', 1024) });
    expect(wordsOf((await sees(bob, message.id)).edits as never)).toEqual(['hello', 'hello there']);
    live.stop();
  });

  it('needs the secret of the author, whoever asks', async () => {
    const message = await postsOwn(alice, channel, 'mine');
    const { id } = await alice.posts(channel, 'without a tag');
    const { authorSecret } = newSecret();
    const { authorTag } = message;
    const refused = [
      await triesToEdit(bob, { ...message, authorSecret }, 'not mine'),
      // What the relay and a thief of its database know is no proof.
      await triesToEdit(bob, { ...message, authorSecret: authorTag }, 'not mine'),
      await triesToEdit(alice, { id, authorSecret }, 'nobody’s'),
    ];
    expect(refused.map(refusal)).toEqual([
      'FORBIDDEN/WRONG_AUTHOR_SECRET',
      'FORBIDDEN/WRONG_AUTHOR_SECRET',
      'FORBIDDEN/NO_AUTHOR_TAG',
    ]);
    expect((await alice.looksAt(channel)).headSeq).toBe(2);
  });

  it('can be asked for again without a second edit', async () => {
    const message = await postsOwn(alice, channel, 'once');
    const clientMessageId = randomUUID();
    const all = await Promise.all(
      Array.from({ length: 10 }, () => edits(alice, message, 'twice', { clientMessageId })),
    );
    expect(new Set(all.map(({ seq }) => seq))).toEqual(new Set([2]));
    expect(all.filter(({ duplicate }) => !duplicate)).toHaveLength(1);
    expect(refusal(await triesToEdit(alice, message, 'thrice', { clientMessageId }))).toBe(
      'CONFLICT/IDEMPOTENCY_KEY_REUSED',
    );
    // One key, one entry: not a message, nor an edit of something else, with the same body.
    const other = await postsOwn(alice, channel, 'another');
    expect(refusal(await triesToEdit(alice, other, 'twice', { clientMessageId }))).toBe(
      'CONFLICT/IDEMPOTENCY_KEY_REUSED',
    );
    expect(refusal(await alice.triesToPost(channel, 'twice', { clientMessageId }))).toBe(
      'CONFLICT/IDEMPOTENCY_KEY_REUSED',
    );
  });

  it('is sealed for those who are there now', async () => {
    const [carol] = (await people(relay, 'carol')) as [Person];
    const message = await postsOwn(alice, channel, 'to bob');
    await alice.adds(carol, channel);
    await alice.removes(bob, channel);
    expect(refusal(await triesToEdit(alice, message, 'to carol', { epoch: 2 }))).toBe('CONFLICT/STALE_EPOCH');
    await edits(alice, message, 'to carol', { epoch: 3 });

    expect(refusal(await triesToEdit(bob, message, 'from outside', { epoch: 3 }))).toBe('NOT_FOUND');
    // Carol came after the message: for her there is none, not even with its secret.
    expect(refusal(await triesToEdit(carol, message, 'unseen', { epoch: 3 }))).toBe('BAD_USER_INPUT/INVALID_VALUE');
  });

  it('ends with the message', async () => {
    const message = await postsOwn(alice, channel, 'for a minute', { expiresInSeconds: 60 });
    await edits(alice, message, 'still for a minute');
    relay.clock.advance({ seconds: 61 });
    expect(refusal(await triesToEdit(alice, message, 'too late'))).toBe('EXPIRED/MESSAGE_EXPIRED');
    expect(await bob.reads(channel)).toMatchObject({
      entries: [],
      gaps: [{ fromSeq: 1, toSeq: 2, reason: 'EXPIRED' }],
    });
    const rows = await relay.rows<{ at: Date }>('SELECT expires_at AS at FROM channel_entries WHERE channel_id = $1', [
      channel,
    ]);
    expect(new Set(rows.map(({ at }) => at.getTime())).size).toBe(1);
  });

  it('is for messages that are there, and so many times', async () => {
    const message = await postsOwn(alice, channel, 'message');
    const edit = await edits(alice, message, 'edit');
    const reaction = await reacts(bob, channel, message.id, '+1');
    const { authorSecret } = message;
    for (const { id } of [edit, reaction])
      expect(refusal(await triesToEdit(alice, { id, authorSecret }, 'no'))).toBe('BAD_USER_INPUT/INVALID_VALUE');

    await Promise.all(Array.from({ length: 99 }, (_, n) => edits(alice, message, `edit ${n}`)));
    expect(refusal(await triesToEdit(alice, message, 'one too many'))).toBe('LIMIT_REACHED/TOO_MANY_EDITS');
    expect((await sees(bob, message.id)).edits).toHaveLength(100);

    await retracts(alice, message.id, message.authorSecret);
    expect(refusal(await triesToEdit(alice, message, 'gone'))).toBe('CONFLICT/RETRACTED');
  });

  it('shows the newest of many long edits', async () => {
    const message = await postsOwn(alice, channel, 'message');
    for (let n = 0; n < 4; n++) await edits(alice, message, `${n}`, { sealedBody: sealed(`${n}`, 32_768) });
    expect(wordsOf((await sees(bob, message.id)).edits as never)).toEqual(['2', '3']);
  });
});

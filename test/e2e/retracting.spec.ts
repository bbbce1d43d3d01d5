import { randomUUID } from 'node:crypto';
import pg from 'pg';
import {
  edits,
  historyOf,
  newSecret,
  postsOwn,
  reacts,
  retracts,
  sees,
  triesToEdit,
  triesToReact,
  triesToRetract,
  triesToSee,
} from '../harness/author.js';
import { everyValueIn } from '../harness/everything.js';
import { granted, refusal } from '../harness/graphql-client.js';
import { people, type Person, sealed, wordsOf } from '../harness/person.js';
import { describeWithRedis, startRedis, type TestRedis } from '../harness/redis.js';
import { startRelay, type TestRelay } from '../harness/relay.js';
import { inhabitants } from '../harness/server-member.js';
import { within } from '../harness/within.js';

describe('retracting', () => {
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

  const bodiesLeft = () =>
    relay.rows('SELECT seq FROM channel_entries WHERE channel_id = $1 AND sealed_body IS NOT NULL', [channel]);

  it('takes a message back with all that hangs on it, in every answer and every table', async () => {
    const message = await postsOwn(alice, channel, 'RETRACTED-message');
    await edits(alice, message, 'RETRACTED-edit');
    const { authorTag } = newSecret();
    await reacts(bob, channel, message.id, 'RETRACTED-reaction', { authorTag });
    await alice.posts(channel, 'an answer', { refersTo: message.id });
    const live = await bob.follows(channel).caughtUp();
    const start = (await bob.reads(channel, undefined, 1)).cursor;

    const retraction = await retracts(alice, message.id, message.authorSecret);
    expect(retraction).toMatchObject({ seq: 5, refersTo: message.id });
    expect(await live.next()).toEqual({
      __typename: 'Retraction',
      id: retraction.id,
      seq: 5,
      refersTo: message.id,
    });

    expect(refusal(await triesToSee(bob, message.id))).toBe('NOT_FOUND');
    expect((await historyOf(bob, channel)).map(({ seq }) => seq)).toEqual([4]);
    // Places are kept: what was there is told without what it said, from PostgreSQL and from the ring alike.
    const left = [
      { __typename: 'Message', seq: 1, sealedBody: null },
      { __typename: 'MessageEdit', seq: 2, sealedBody: null },
      { __typename: 'Reaction', seq: 3, sealedBody: null },
      { __typename: 'Message', seq: 4, sealedBody: sealed('an answer') },
      { __typename: 'Retraction', seq: 5 },
    ];
    expect(await bob.reads(channel)).toMatchObject({ entries: left, gaps: [] });
    const replayed = bob.follows(channel, start);
    expect(await replayed.take(4)).toMatchObject(left.slice(1));

    const stored = await everyValueIn(relay);
    for (const words of ['RETRACTED-message', 'RETRACTED-edit', 'RETRACTED-reaction'])
      expect(stored).not.toContain(Buffer.from(words).toString('hex'));
    for (const tag of [message.authorTag, authorTag])
      expect(stored).not.toContain(Buffer.from(tag, 'base64').toString('hex'));
    expect(stored).toContain(Buffer.from('an answer').toString('hex'));
    live.stop();
    replayed.stop();
  });

  it('happens once, however often it is asked for', async () => {
    const message = await postsOwn(alice, channel, 'oops');
    const { id, authorSecret } = message;
    const all = await Promise.all(Array.from({ length: 10 }, () => retracts(alice, id, authorSecret)));
    expect(new Set(all.map((retraction) => JSON.stringify(retraction))).size).toBe(1);
    // It is told to everybody, so it is no secret to whoever asks again.
    expect(await retracts(bob, id)).toEqual(all[0]);
    expect((await alice.looksAt(channel)).headSeq).toBe(2);
  });

  it('needs the secret of the author', async () => {
    const message = await postsOwn(alice, channel, 'mine');
    const untagged = await alice.posts(channel, 'nobody’s');
    const { authorSecret } = newSecret();
    const refused = [
      await triesToRetract(bob, message.id, authorSecret),
      await triesToRetract(bob, message.id, message.authorTag),
      await triesToRetract(bob, message.id),
      await triesToRetract(alice, untagged.id, authorSecret),
    ];
    expect(refused.map(refusal)).toEqual([
      'FORBIDDEN/WRONG_AUTHOR_SECRET',
      'FORBIDDEN/WRONG_AUTHOR_SECRET',
      'FORBIDDEN/RIGHT_MISSING',
      'FORBIDDEN/NO_AUTHOR_TAG',
    ]);
    expect((await sees(bob, message.id)).sealedBody).toBe(sealed('mine'));
    expect((await alice.looksAt(channel)).headSeq).toBe(2);
  });

  it('may be done by moderators in a server’s channel, and looks as if the author had done it', async () => {
    const [owner, moderator, author, member] = await inhabitants(relay, 'owner', 'moderator', 'author', 'member');
    const server = await owner.makesServer();
    await owner.takesIn(server, moderator, author, member);
    await owner.ranks(server, moderator, 'MODERATOR');
    const lobby = await owner.makesChannel(server);
    for (const one of [moderator, author, member]) await one.joinsChannels(lobby);
    const { epoch } = await author.looksAt(lobby);
    const [byAuthor, byModerator] = [
      await postsOwn(author, lobby, 'RETRACTED-one', { epoch }),
      await postsOwn(author, lobby, 'RETRACTED-other', { epoch }),
    ];
    const live = await member.follows(lobby).caughtUp();
    expect(refusal(await triesToRetract(member, byModerator.id))).toBe('FORBIDDEN/RIGHT_MISSING');

    const retractions = [
      await retracts(author, byAuthor.id, byAuthor.authorSecret),
      await retracts(moderator, byModerator.id),
    ];
    const like = (facts: object) => Object.keys(facts).sort();
    const [one, other] = await live.take(2);
    expect([one!.refersTo, other!.refersTo]).toEqual([byAuthor.id, byModerator.id]);
    expect(like(other!)).toEqual(like(one!));
    expect(like(retractions[1]!)).toEqual(like(retractions[0]!));
    const { 0: first, 1: second } = await relay.rows<Record<string, unknown>>(
      'SELECT to_jsonb(e) - $2::text[] AS row FROM channel_entries e WHERE channel_id = $1 ORDER BY seq DESC LIMIT 2',
      [lobby, ['seq', 'refers_to', 'created_at']],
    );
    expect(second).toEqual(first);
    expect(JSON.stringify(first)).not.toContain(moderator.id);
    // Whoever rules a group does not rule what is said in it.
    const inGroup = await postsOwn(bob, channel, 'from bob');
    expect(refusal(await triesToRetract(alice, inGroup.id))).toBe('FORBIDDEN/RIGHT_MISSING');
    live.stop();
    await Promise.all([owner, moderator, author, member].map((person) => person.goesAway()));
  });

  it('is refused to strangers and former members as if nothing were there', async () => {
    const [carol] = (await people(relay, 'carol')) as [Person];
    const { id, authorSecret } = await postsOwn(bob, channel, 'from bob');
    await alice.removes(bob, channel);
    const nowhere = { id: `${id.slice(0, -2)}Ag`, authorSecret };
    const answers = [
      await triesToRetract(carol, id, authorSecret),
      await triesToRetract(bob, id, authorSecret),
      await triesToRetract(bob, nowhere.id, nowhere.authorSecret),
    ];
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(refusal(answers[0]!)).toBe('NOT_FOUND');
  });

  it('takes a single reaction back, by its own secret', async () => {
    const message = await postsOwn(alice, channel, 'message');
    const { authorSecret, authorTag } = newSecret();
    const reaction = await reacts(bob, channel, message.id, 'hm', { authorTag });
    await reacts(alice, channel, message.id, '+1');
    expect(refusal(await triesToRetract(alice, reaction.id, message.authorSecret))).toBe(
      'FORBIDDEN/WRONG_AUTHOR_SECRET',
    );
    expect(await retracts(bob, reaction.id, authorSecret)).toMatchObject({ refersTo: reaction.id });
    expect(wordsOf((await sees(alice, message.id)).reactions as never)).toEqual(['+1']);

    // One that went with its message needs no retraction of its own.
    const another = await reacts(bob, channel, message.id, '!', { authorTag });
    const whole = await retracts(alice, message.id, message.authorSecret);
    expect(await retracts(bob, another.id, authorSecret)).toEqual(whole);
    // What is neither is not taken back.
    for (const { id } of [whole, await edits(alice, await postsOwn(alice, channel, 'other'), 'edit')])
      expect(refusal(await triesToRetract(alice, id, authorSecret))).toBe('BAD_USER_INPUT/INVALID_VALUE');
  });

  it('ends with what it retracts', async () => {
    const message = await postsOwn(alice, channel, 'for a minute', { expiresInSeconds: 60 });
    const late = await postsOwn(alice, channel, 'for a minute, too', { expiresInSeconds: 60 });
    await retracts(alice, message.id, message.authorSecret);
    relay.clock.advance({ seconds: 61 });
    expect(await bob.reads(channel)).toMatchObject({
      entries: [],
      gaps: [{ fromSeq: 1, toSeq: 3, reason: 'EXPIRED' }],
    });
    for (const { id, authorSecret } of [message, late])
      expect(refusal(await triesToRetract(alice, id, authorSecret))).toBe('EXPIRED/MESSAGE_EXPIRED');
  });

  it('leaves the retry of the post its place', async () => {
    const clientMessageId = randomUUID();
    const message = await postsOwn(alice, channel, 'once', { clientMessageId });
    await retracts(alice, message.id, message.authorSecret);
    expect(await alice.posts(channel, 'once', { clientMessageId })).toMatchObject({ seq: 1, duplicate: true });
    expect((await bob.reads(channel)).entries).toMatchObject([{ sealedBody: null }, { __typename: 'Retraction' }]);
  });

  it.each(['before', 'after'])('leaves nothing of an edit that came to the same lock %s it', async (order) => {
    const message = await postsOwn(alice, channel, 'message');
    const holder = new pg.Client(relay.databaseUrl);
    await holder.connect();
    await holder.query('BEGIN');
    await holder.query('SELECT FROM channel_heads WHERE channel_id = $1 FOR UPDATE', [channel]);
    const waiting = (count: number) =>
      within(5_000, async () => {
        const rows = await relay.rows(
          `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
        );
        return rows.length === count;
      });
    const edit = () => triesToEdit(alice, message, 'at the same moment');
    const retract = () => triesToRetract(alice, message.id, message.authorSecret);
    const [first, second] = order === 'before' ? [edit, retract] : [retract, edit];
    const firstAnswer = first();
    await waiting(1);
    const secondAnswer = second();
    await waiting(2);
    await holder.query('COMMIT');
    await holder.end();
    const outcomes = [await firstAnswer, await secondAnswer].map((answer) =>
      answer.errors ? refusal(answer) : 'taken',
    );
    expect(outcomes).toEqual(['taken', order === 'before' ? 'taken' : 'CONFLICT/RETRACTED']);
    expect(await bodiesLeft()).toEqual([]);
  });

  it('wins or loses against what happens at the same moment, and nothing is left of it either way', async () => {
    for (let round = 0; round < 5; round++) {
      const message = await postsOwn(alice, channel, `round ${round}`);
      const racing = [
        ...Array.from({ length: 5 }, (_, n) => triesToEdit(alice, message, `edit ${n}`)),
        ...Array.from({ length: 5 }, (_, n) => triesToReact(bob, channel, message.id, `reaction ${n}`)),
      ];
      const retracting = triesToRetract(alice, message.id, message.authorSecret);
      const answers = await Promise.all([
        ...racing,
        ...Array.from({ length: 5 }, (_, n) => triesToEdit(alice, message, `late edit ${n}`)),
      ]);
      const { seq } = granted(await retracting).retract;
      for (const answer of answers) {
        const { data, errors } = answer as { data: Record<string, { seq: number }> | null; errors?: unknown };
        if (errors) expect(refusal(answer)).toBe('CONFLICT/RETRACTED');
        else for (const placed of Object.values(data ?? {})) expect(placed.seq).toBeLessThan(seq);
      }
    }
    expect(await bodiesLeft()).toEqual([]);
    const { entries } = await bob.reads(channel);
    expect(entries.map(({ seq }) => seq)).toEqual(entries.map((_, index) => index + 1));
  });
});

describeWithRedis('a retraction', () => {
  let redis: TestRedis;
  let here: TestRelay;
  let there: TestRelay;
  let alice: Person;
  let bob: Person;

  beforeAll(async () => {
    redis = await startRedis();
    const env = { REDIS_URL: redis.url };
    here = await startRelay({ env });
    there = await startRelay({ env, beside: here });
    const [a, b] = (await people(here, 'alice', 'bob')) as [Person, Person];
    [alice, bob] = [a, b.movesTo(there)];
  });
  afterAll(async () => {
    await Promise.all([alice.goesAway(), bob.goesAway()]);
    await there.stop();
    await here.stop();
    await redis.stop();
  });

  it('empties the rings of all processes, and reaches who was away', async () => {
    const channel = await alice.makesGroupWith(bob);
    const [first, live] = [bob.follows(channel), await bob.follows(channel).caughtUp()];
    await alice.posts(channel, 'first');
    const message = await postsOwn(alice, channel, 'RETRACTED');
    await edits(alice, message, 'RETRACTED, too');
    expect((await first.take(3)).map(({ seq }) => seq)).toEqual([1, 2, 3]);
    const seen = first.cursor;
    first.stop();
    expect((await live.take(3)).map(({ seq }) => seq)).toEqual([1, 2, 3]);

    await retracts(alice, message.id, message.authorSecret);
    // At once, although the bell may not have rung over there yet.
    const start = (await alice.reads(channel, undefined, 1)).cursor;
    const early = bob.follows(channel, start);
    const blank = [
      { seq: 2, sealedBody: null },
      { seq: 3, sealedBody: null },
      { __typename: 'Retraction', refersTo: message.id },
    ];
    expect(await early.take(3)).toMatchObject(blank);
    // And later, when the ring over there reaches to the retraction.
    expect(await live.next()).toMatchObject(blank[2]!);
    const late = bob.follows(channel, start);
    expect(await late.take(3)).toMatchObject(blank);
    const back = bob.follows(channel, seen);
    expect(await back.next()).toMatchObject(blank[2]!);
    for (const inbox of [live, early, late, back]) inbox.stop();
  });

  it('without a bell keeps its body from whoever comes after it', async () => {
    const channel = await alice.makesGroupWith(bob);
    const live = await bob.follows(channel).caughtUp();
    await alice.posts(channel, 'first');
    const message = await postsOwn(alice, channel, 'RETRACTED');
    await live.take(2);
    await redis.kill();
    await retracts(alice, message.id, message.authorSecret);
    const start = (await alice.reads(channel, undefined, 1)).cursor;
    const inbox = bob.follows(channel, start);
    expect(await inbox.take(2)).toMatchObject([{ seq: 2, sealedBody: null }, { __typename: 'Retraction' }]);
    for (const each of [live, inbox]) each.stop();
  });
});

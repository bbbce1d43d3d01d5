import { Redis } from 'ioredis';
import { historyOf, postsOwn, retracts, sees } from '../harness/author.js';
import { granted, refusal } from '../harness/graphql-client.js';
import { people, type Person } from '../harness/person.js';
import { advances, listens, membersOf, setsReadReceipts, triesToAdvance, unreadOf } from '../harness/receipts.js';
import { describeWithRedis, startRedis, type TestRedis } from '../harness/redis.js';
import { startRelay, type TestRelay } from '../harness/relay.js';

describe('receipts', () => {
  let relay: TestRelay;
  let alice: Person;
  let bob: Person;
  let carol: Person;

  beforeAll(async () => {
    relay = await startRelay();
  });
  let round = 0;
  beforeEach(async () => {
    round += 1;
    [alice, bob, carol] = (await people(relay, `alice${round}`, `bob${round}`, `carol${round}`)) as [
      Person,
      Person,
      Person,
    ];
  });
  afterEach(() => Promise.all([alice.goesAway(), bob.goesAway(), carol.goesAway()]));
  afterAll(() => relay.stop());

  const statuses = async (person: Person, channel: string) =>
    (await historyOf(person, channel)).map(({ status }) => status);

  it('tell how far a message has come with everybody', async () => {
    const group = await alice.makesGroupWith(bob, carol);
    for (const words of ['1', '2', '3']) await alice.posts(group, words);
    expect(await statuses(alice, group)).toEqual(['SENT', 'SENT', 'SENT']);
    await advances(bob, group, { deliveredSeq: 3, readSeq: 2 });
    expect(await statuses(alice, group)).toEqual(['SENT', 'SENT', 'SENT']);
    await advances(carol, group, { deliveredSeq: 2 });
    expect(await statuses(alice, group)).toEqual(['DELIVERED', 'DELIVERED', 'SENT']);
    // What was read was delivered.
    await advances(carol, group, { readSeq: 3 });
    expect(await statuses(alice, group)).toEqual(['READ', 'READ', 'DELIVERED']);
    expect(await membersOf(alice, group)).toEqual({
      [alice.id]: [null, null],
      [bob.id]: [3, 2],
      [carol.id]: [3, 3],
    });
  });

  it('only ever go forward, and never beyond the head', async () => {
    const group = await alice.makesGroupWith(bob);
    for (const words of ['1', '2', '3']) await alice.posts(group, words);
    await advances(bob, group, { deliveredSeq: 1, readSeq: 1 });
    expect(await advances(bob, group, { deliveredSeq: 2, readSeq: 0 })).toEqual({ deliveredSeq: 2, readSeq: 1 });
    await Promise.all([3, 1, 2].map((readSeq) => advances(bob, group, { readSeq })));
    expect(await advances(bob, group, { deliveredSeq: 1, readSeq: 1 })).toMatchObject({ deliveredSeq: 3, readSeq: 3 });
    for (const places of [{ deliveredSeq: 4 }, { readSeq: 4 }, {}, { readSeq: -1 }])
      expect(refusal(await triesToAdvance(bob, group, places))).toBe('BAD_USER_INPUT/INVALID_VALUE');
    expect(refusal(await triesToAdvance(carol, group, { readSeq: 1 }))).toBe('NOT_FOUND');
    expect(await membersOf(alice, group)).toMatchObject({ [bob.id]: [3, 3] });
  });

  it('count with those who were there when it was posted, and still are', async () => {
    const group = await alice.makesGroupWith(bob, carol);
    const { id } = await alice.posts(group, 'to bob and carol');
    await advances(bob, group, { readSeq: 1 });
    await alice.removes(carol, group);
    expect((await sees(alice, id)).status).toBe('READ');
    await alice.adds(carol, group);
    expect((await sees(alice, id)).status).toBe('READ');
    const { id: later } = await alice.posts(group, 'to both again', { epoch: 3 });
    await advances(bob, group, { readSeq: 4 });
    expect((await sees(alice, later)).status).toBe('SENT');
    await alice.removes(carol, group);
    await alice.removes(bob, group);
    expect((await sees(alice, later)).status).toBe('SENT');
    const { openNotes } = await alice.asks<{ openNotes: { id: string } }>('mutation { openNotes { id } }');
    expect((await sees(alice, (await alice.posts(openNotes.id, 'note')).id)).status).toBe('READ');
  });

  it('say how many messages are not read', async () => {
    const group = await alice.makesGroupWith(bob);
    const other = await alice.makesGroupWith(bob);
    const message = await postsOwn(alice, group, '1');
    const second = await alice.posts(group, '2');
    await alice.posts(group, '3', { expiresInSeconds: 60 });
    await alice.posts(group, '4');
    expect(await unreadOf(bob)).toMatchObject({ [group]: 4, [other]: 0 });
    await retracts(alice, message.id, message.authorSecret);
    expect(await unreadOf(bob)).toMatchObject({ [group]: 3 });
    await bob.asks('mutation ($id: ID!) { hideMessage(id: $id) }', { id: second.id });
    expect(await unreadOf(bob)).toMatchObject({ [group]: 2 });
    relay.clock.advance({ seconds: 61 });
    expect(await unreadOf(bob)).toMatchObject({ [group]: 1 });
    await advances(bob, group, { readSeq: 5 });
    expect(await unreadOf(bob)).toMatchObject({ [group]: 0 });
    await alice.adds(carol, group);
    await alice.posts(group, '6', { epoch: 2 });
    expect(await unreadOf(carol)).toMatchObject({ [group]: 1 });
  });

  it('are shown in both directions or in none', async () => {
    const group = await alice.makesGroupWith(bob);
    const { id } = await alice.posts(group, '1');
    await advances(bob, group, { readSeq: 1 });
    await advances(alice, group, { readSeq: 1 });
    expect((await sees(alice, id)).status).toBe('READ');

    expect(await setsReadReceipts(bob, false)).toBe(false);
    expect(await membersOf(alice, group)).toEqual({ [alice.id]: [1, 1], [bob.id]: [1, null] });
    expect(await membersOf(bob, group)).toEqual({ [alice.id]: [1, null], [bob.id]: [1, 1] });
    expect((await sees(alice, id)).status).toBe('DELIVERED');
    expect((await sees(bob, id)).status).toBe('DELIVERED');
    // One's own count goes on.
    await alice.posts(group, '2');
    expect(await unreadOf(bob)).toMatchObject({ [group]: 1 });
    await advances(bob, group, { readSeq: 2 });
    expect(await unreadOf(bob)).toMatchObject({ [group]: 0 });

    expect(await setsReadReceipts(bob, true)).toBe(true);
    expect(await setsReadReceipts(bob, null)).toBe(true);
    expect(await membersOf(alice, group)).toMatchObject({ [bob.id]: [2, 2] });
  });

  it('reach who listens, and tell nothing of reading to whom it is not shown', async () => {
    const group = await alice.makesGroupWith(bob, carol);
    for (const words of ['1', '2', '3']) await alice.posts(group, words);
    await setsReadReceipts(carol, false);
    const [alices, bobs, carols] = await Promise.all([listens(alice), listens(bob), listens(carol)]);
    await advances(bob, group, { deliveredSeq: 2 });
    const delivered = { channelId: group, receipts: [{ accountId: bob.id, deliveredSeq: 2, readSeq: null }] };
    for (const heard of [alices, bobs, carols]) expect(await heard.next()).toEqual(delivered);

    await advances(bob, group, { readSeq: 2 });
    const read = { channelId: group, receipts: [{ accountId: bob.id, deliveredSeq: 2, readSeq: 2 }] };
    for (const heard of [alices, bobs]) expect(await heard.next()).toEqual(read);
    // Carol heard nothing of that, not even that something moved, nor others of what she reads.
    await advances(carol, group, { deliveredSeq: 3 });
    const hers = { channelId: group, receipts: [{ accountId: carol.id, deliveredSeq: 3, readSeq: null }] };
    for (const heard of [alices, bobs, carols]) expect(await heard.next()).toEqual(hers);
    await advances(carol, group, { readSeq: 3 });
    expect(await carols.next()).toMatchObject({ receipts: [{ accountId: carol.id, readSeq: 3 }] });
    await advances(bob, group, { readSeq: 3 });
    for (const heard of [alices, bobs])
      expect(await heard.next()).toMatchObject({ receipts: [{ accountId: bob.id, deliveredSeq: 3, readSeq: 3 }] });
    expect(await carols.next()).toMatchObject({ receipts: [{ accountId: bob.id, deliveredSeq: 3, readSeq: null }] });
  });

  it('are told in one where many move at once', async () => {
    const group = await alice.makesGroupWith(bob);
    for (let n = 0; n < 50; n++) await alice.posts(group, `${n}`);
    const heard = await listens(alice);
    const began = performance.now();
    const places = Array.from({ length: 50 }, (_, n) => n + 1);
    await Promise.all(places.map((readSeq) => advances(bob, group, { readSeq })));
    let pages = 0;
    for (let newest = 0; newest !== 50; pages++) newest = (await heard.next()).receipts[0]?.readSeq ?? 0;
    // One at once, and then one for every tenth of a second that it took.
    expect(pages).toBeLessThanOrEqual(1 + Math.ceil((performance.now() - began) / 100));
  });

  it('leave the frames that followers share alone', async () => {
    const group = await alice.makesGroupWith(bob);
    const live = await bob.follows(group).caughtUp();
    await alice.posts(group, '1');
    await live.next();
    await advances(bob, group, { readSeq: 1 });
    await alice.posts(group, '2');
    expect((await live.next()).seq).toBe(2);
    expect(live.waiting).toEqual([]);
    expect((await alice.looksAt(group)).headSeq).toBe(2);
    live.stop();
  });
});

describeWithRedis('receipts of people at two processes', () => {
  let redis: TestRedis;
  let here: TestRelay;
  let there: TestRelay;

  beforeAll(async () => {
    redis = await startRedis();
    const env = { REDIS_URL: redis.url };
    here = await startRelay({ env });
    there = await startRelay({ env, beside: here });
  });
  afterAll(async () => {
    await there.stop();
    await here.stop();
    await redis.stop();
  });

  it('reach the other one through Redis, which does not see whose they are', async () => {
    const [alice, bob] = (await people(here, 'alice', 'bob')) as [Person, Person];
    const channel = await alice.opensDirectWith(bob);
    await alice.posts(channel, 'hello');
    const heard = await listens(alice);
    const listener = new Redis(redis.url);
    const told: string[] = [];
    listener.on('message', (_channel, text: string) => told.push(text));
    await listener.subscribe('lethe:receipts-advanced');
    await advances(bob.movesTo(there), channel, { readSeq: 1 });
    expect(await heard.next()).toEqual({
      channelId: channel,
      receipts: [{ accountId: bob.id, deliveredSeq: 1, readSeq: 1 }],
    });
    expect(told.join()).toContain(channel);
    expect(told.join()).not.toContain(bob.id);
    listener.disconnect();
    await alice.goesAway();
  });

  it('are not disturbed by what others put there', async () => {
    const [dave, erin] = (await people(here, 'dave', 'erin')) as [Person, Person];
    const channel = await dave.opensDirectWith(erin);
    await dave.posts(channel, 'hello');
    const heard = await listens(dave);
    const writer = new Redis(redis.url);
    for (const sealedHint of ['', 'AAAA', Buffer.alloc(80).toString('base64')])
      await writer.publish(
        'lethe:receipts-advanced',
        JSON.stringify({ from: 'x', payload: { channelId: channel, sealedHint } }),
      );
    writer.disconnect();
    granted(await triesToAdvance(erin, channel, { deliveredSeq: 1 }));
    expect(await heard.next()).toMatchObject({ receipts: [{ accountId: erin.id }] });
    await dave.goesAway();
  });
});

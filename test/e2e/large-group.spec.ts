import { LogTails } from '../../src/realtime/log-tails.js';
import { crowd } from '../harness/crowd.js';
import { refusal } from '../harness/graphql-client.js';
import { type Entry, FOLLOW, type Page } from '../harness/inbox.js';
import { register } from '../harness/people.js';
import { people, Person, sealed, wordsOf } from '../harness/person.js';
import { RawSocket } from '../harness/raw-socket.js';
import { describeWithRedis, startRedis, type TestRedis } from '../harness/redis.js';
import { startRelay, type TestRelay } from '../harness/relay.js';
import { within } from '../harness/within.js';

interface MemberPage {
  channel: {
    members: { nodes: { username: string }[]; pageInfo: { hasNextPage: boolean; endCursor: string | null } };
  };
}

describe('a group', () => {
  let relay: TestRelay;
  let alice: Person;
  let bob: Person;
  let crowd: string[];

  beforeAll(async () => {
    relay = await startRelay();
    [alice, bob] = (await people(relay, 'alice', 'bob')) as [Person, Person];
    // People who never log in: registering 1,500 of them would hash 1,500 passwords.
    const rows = await relay.rows<{ id: string }>(
      `INSERT INTO accounts (id, username, password_hash, created_at)
       SELECT gen_random_uuid(), 'crowd' || n, '', now() FROM generate_series(1, 1500) n RETURNING id`,
    );
    crowd = rows.map(({ id }) => id);
  });
  afterAll(async () => {
    await Promise.all([alice.goesAway(), bob.goesAway()]);
    await relay.stop();
  });

  const triesToMakeGroup = (memberIds: string[]) =>
    alice.tries<{ createGroup: { id: string } }>(
      'mutation ($input: CreateGroupInput!) { createGroup(input: $input) { id headSeq } }',
      { input: { memberIds, sealedMeta: sealed('crowd') } },
    );
  const membersOf = async (id: string): Promise<string[]> => {
    const names: string[] = [];
    for (let after: string | null = null, more = true; more;) {
      const page: MemberPage = await alice.asks<MemberPage>(
        `query ($id: ID!, $after: Cursor) { channel(id: $id) { members(first: 100, after: $after) {
           nodes { username } pageInfo { hasNextPage endCursor } } } }`,
        { id, after },
      );
      const { nodes, pageInfo } = page.channel.members;
      names.push(...nodes.map(({ username }) => username));
      [after, more] = [pageInfo.endCursor, pageInfo.hasNextPage];
    }
    return names;
  };

  it('has at most 1,500 members, however many are added at once', async () => {
    expect(refusal(await triesToMakeGroup(crowd))).toBe('LIMIT_REACHED/TOO_MANY_MEMBERS');
    const { data } = await triesToMakeGroup(crowd.slice(0, 1_497));
    const group = data.createGroup.id;

    const add = (accountId: string) =>
      alice.tries('mutation ($input: ChannelMemberInput!) { addChannelMember(input: $input) { id } }', {
        input: { channelId: group, accountId },
      });
    const answers = await Promise.all([bob.id, ...crowd.slice(1_497, 1_500)].map(add));
    const refused = answers.filter(({ errors }) => errors);
    expect(refused.map(refusal)).toEqual(Array(2).fill('LIMIT_REACHED/TOO_MANY_MEMBERS'));
    // What was refused left no entry behind.
    expect((await alice.looksAt(group)).headSeq).toBe(2);
    const names = await membersOf(group);
    expect(names).toHaveLength(1_500);
    expect(new Set(names).size).toBe(1_500);
  });

  it('is made of accounts that exist', async () => {
    expect(refusal(await triesToMakeGroup(['0195d5a4-7c1e-7bd0-9f1e-5b0f3b1c2d3e']))).toBe('NOT_FOUND');
    const { data } = await triesToMakeGroup([bob.id, bob.id, alice.id]);
    expect(await membersOf(data.createGroup.id)).toEqual(expect.arrayContaining(['alice', 'bob']));
  });
});

describeWithRedis('a group of 1,500 people at two processes', () => {
  const FOLLOWING = `subscription ($id: ID!) { channelLog(channelId: $id) { ${FOLLOW} } }`;
  let redis: TestRedis;
  let relays: TestRelay[];
  let members: Person[];
  let onlooker: Person;
  let group: string;
  let sockets: RawSocket[];

  beforeAll(async () => {
    redis = await startRedis();
    const env = { REDIS_URL: redis.url };
    const first = await startRelay({ env });
    relays = [first, await startRelay({ env, beside: first })];
    const names = Array.from({ length: 1_501 }, (_, place) => `member-${place}`);
    const tokens = await crowd(first, await register(first, 'model'), names);
    const everybody = tokens.map((tokens, place) => new Person(relays[place % 2]!, tokens));
    [members, [onlooker]] = [everybody.slice(0, 1_500), everybody.slice(1_500) as [Person]];
  }, 60_000);
  afterAll(async () => {
    for (const { webSocket } of sockets) webSocket.terminate();
    for (const relay of relays.reverse()) await relay.stop();
    await redis.stop();
  }, 60_000);

  /** On a socket of their own, until they have reached the head. */
  async function follow({ at, token }: Person): Promise<RawSocket> {
    const socket = await RawSocket.as(at, token);
    socket.subscribe('log', FOLLOWING, { id: group });
    while (!(await nextPage(socket)).caughtUp);
    return socket;
  }

  async function nextPage(socket: RawSocket): Promise<Page> {
    const { type, payload } = await socket.next();
    if (type !== 'next') throw new Error(`Not a page: ${type} ${JSON.stringify(payload)}`);
    return payload?.data?.channelLog as Page;
  }

  async function nextEntries(socket: RawSocket, count: number): Promise<Entry[]> {
    const entries: Entry[] = [];
    while (entries.length < count) entries.push(...(await nextPage(socket)).entries);
    return entries;
  }

  it('is made, is filled by adding, and takes nobody more', async () => {
    const [owner, ...others] = members as [Person, ...Person[]];
    const last = others.pop()!;
    group = await owner.makesGroupWith(...others);
    await owner.adds(last, group);

    expect(refusal(await owner.triesToChange('addChannelMember', group, onlooker))).toBe(
      'LIMIT_REACHED/TOO_MANY_MEMBERS',
    );
    expect(await owner.looksAt(group)).toMatchObject({ headSeq: 1, epoch: 2 });
  });

  it('is followed live by everybody in it', async () => {
    sockets = [];
    // As they come, not all in one moment: that many handshakes would wait for each other.
    for (let place = 0; place < members.length; place += 100)
      sockets.push(...(await Promise.all(members.slice(place, place + 100).map(follow))));

    for (const relay of relays) await within(5_000, () => relay.app.get(LogTails).counts.live === 750);
  }, 60_000);

  it('brings every post to each of the 1,500, once and in the one order', async () => {
    const authors = [members[0], members[1], members[1_499]] as Person[];
    const posted = await Promise.all(
      authors.map((author, place) => author.posts(group, `post ${place}`, { epoch: 2 })),
    );
    const farewell = await members[2]!.posts(group, 'the last', { epoch: 2 });

    const received = await Promise.all(sockets.map((socket) => nextEntries(socket, 4)));

    const places = [...posted, farewell].sort((one, other) => one.seq - other.seq).map(({ id, seq }) => ({ id, seq }));
    expect(places.map(({ seq }) => seq)).toEqual([2, 3, 4, 5]);
    const told = new Set(received.map((entries) => JSON.stringify(entries.map(({ id, seq }) => ({ id, seq })))));
    expect([...told]).toEqual([JSON.stringify(places)]);
    expect(new Set(received.map((entries) => wordsOf(entries).at(-1)))).toEqual(new Set(['the last']));
    expect(received).toHaveLength(1_500);
  });

  it('ends for one who is removed, and for nobody else', async () => {
    const [owner, , gone] = members as [Person, Person, Person];
    await owner.removes(gone, group);
    await owner.posts(group, 'among us', { epoch: 3 });

    const [socketOfGone] = sockets.splice(2, 1) as [RawSocket];
    expect(await nextEntries(socketOfGone, 1)).toMatchObject([{ change: 'REMOVED', accountId: gone.id }]);
    expect((await socketOfGone.next()).type).toBe('complete');
    socketOfGone.webSocket.terminate();
    const received = await Promise.all(sockets.map((socket) => nextEntries(socket, 2)));
    expect(new Set(received.map(([, last]) => wordsOf([last!])[0]))).toEqual(new Set(['among us']));
  });
});

import { DataSource } from 'typeorm';
import { granted, refusal } from '../harness/graphql-client.js';
import { LockHolder } from '../harness/lock-holder.js';
import { login, PASSWORD, register, tryToLogin, tryToRefresh, whois } from '../harness/people.js';
import { Person, wordsOf } from '../harness/person.js';
import { RawSocket } from '../harness/raw-socket.js';
import { startRelay, type TestRelay } from '../harness/relay.js';
import { inhabitants, ServerMember } from '../harness/server-member.js';
import { within } from '../harness/within.js';

let relay: TestRelay;
/** Another process of the same deployment. */
let second: TestRelay;
let alice: ServerMember;
let bob: ServerMember;
let carol: ServerMember;

beforeAll(async () => {
  relay = await startRelay();
  second = await startRelay({ beside: relay });
  [alice, bob, carol] = await inhabitants(relay, 'alice', 'bob', 'carol');
});

afterAll(async () => {
  await second.stop();
  await relay.stop();
});

const tryToDelete = (who: Person, password = PASSWORD) =>
  who.tries<{ deleteAccount: boolean }>('mutation ($input: DeleteAccountInput!) { deleteAccount(input: $input) }', {
    input: { password },
  });

const membersOf = async (who: Person, channelId: string) => {
  const { channel } = await who.asks<{ channel: { members: { nodes: { username: string; role: string }[] } } }>(
    'query ($id: ID!) { channel(id: $id) { members { nodes { username role } } } }',
    { id: channelId },
  );
  return channel.members.nodes.map(({ username, role }) => `${username} ${role}`);
};

/** Every table and column in which one of the texts stands, in whatever type. */
async function placesOf(...texts: string[]): Promise<string[]> {
  const columns = await relay.rows<{ table: string; column: string }>(
    `SELECT quote_ident(table_name) AS table, quote_ident(column_name) AS column
     FROM information_schema.columns WHERE table_schema = 'public'`,
  );
  const searches = columns.map(
    ({ table, column }) =>
      `SELECT '${table}.${column}' AS place FROM ${table} WHERE EXISTS (
         SELECT FROM unnest($1::text[]) AS wanted WHERE strpos(lower(${column}::text), lower(wanted)) > 0)`,
  );
  // Bytes are written in hexadecimal, without hyphens.
  const wanted = texts.flatMap((text) => [text, text.replaceAll('-', ''), Buffer.from(text).toString('hex')]);
  const found = await relay.rows<{ place: string }>(searches.join(' UNION '), [wanted]);
  return found.map(({ place }) => place).sort();
}

describe('an account', () => {
  it('is not deleted by a token alone', async () => {
    expect(refusal(await tryToDelete(alice, 'not the password'))).toBe('UNAUTHENTICATED/BAD_CREDENTIALS');
    expect(await whois(relay, alice.token)).toBe('alice');
  });

  it('goes with everything that refers to it, and leaves what was said', async () => {
    const group = await alice.makesGroupWith(bob, carol);
    await alice.posts(group, 'hello from alice');
    // Earlier entries about her, in a channel she is in no more as well.
    const former = await bob.makesGroupWith(alice, carol);
    await bob.removes(alice, former);
    const later = await bob.makesGroupWith(carol);
    await bob.adds(alice, later);
    const direct = await alice.opensDirectWith(bob);
    await alice.posts(direct, 'only for bob');
    await alice.asks('mutation { openNotes { id } }');
    const server = await bob.makesServer();
    await bob.takesIn(server, alice);
    const channel = await bob.makesChannel(server);
    await alice.joinsChannels(channel);
    const tablet = await login(relay, 'alice');
    const socket = await RawSocket.as(second, tablet.accessToken);
    const bobElsewhere = bob.movesTo(second);
    const following = await bobElsewhere.follows(group).caughtUp();
    const ids = [alice.id, alice.tokens.device!.id, 'alice'];
    expect(await placesOf(...ids)).toEqual(
      expect.arrayContaining([
        'accounts.id',
        'channel_entries.subject_id',
        'channel_members.account_id',
        'devices.id',
        'server_members.account_id',
      ]),
    );

    expect(granted(await tryToDelete(alice)).deleteAccount).toBe(true);

    // The harness seals bodies that are no ciphertext, so alice's name stands in one of them.
    expect((await placesOf(...ids)).filter((place) => place !== 'channel_entries.sealed_body')).toEqual([]);
    expect(await whois(relay, alice.token)).toBe('UNAUTHENTICATED/SESSION_REVOKED');
    expect((await socket.closed).code).toBe(4401);
    expect(refusal(await tryToRefresh(relay, tablet.refreshToken))).toBe('UNAUTHENTICATED/TOKEN_INVALID');
    expect(refusal(await tryToLogin(relay, { username: 'alice' }))).toBe('UNAUTHENTICATED/BAD_CREDENTIALS');
    expect(await bob.asks('query ($id: ID!) { user(id: $id) { id } }', { id: alice.id })).toEqual({ user: null });

    // The group goes on, with an owner and without her; what she said is there.
    expect(await membersOf(bob, group)).toEqual(expect.arrayContaining([expect.stringContaining('OWNER') as string]));
    expect(await membersOf(bob, group)).toHaveLength(2);
    const { entries } = await bob.reads(group);
    expect(wordsOf(entries.slice(0, 1))).toEqual(['hello from alice']);
    expect(entries.at(-1)).toMatchObject({ change: 'LEFT' });
    const { epoch, minEpoch } = await bob.looksAt(group);
    expect(minEpoch).toBe(epoch);
    expect(await following.next()).toEqual(entries.at(-1));
    await bobElsewhere.goesAway();

    expect(await membersOf(bob, direct)).toEqual(['bob MEMBER']);
    expect(wordsOf((await bob.reads(direct)).entries.slice(0, 1))).toEqual(['only for bob']);

    expect(await bob.membersOfServer(server)).toEqual(['bob OWNER']);
    expect((await bob.seesServer(server)).memberCount).toBe(1);
    expect((await bob.reads(channel)).entries).toMatchObject([{ change: 'JOINED' }, { change: 'LEFT' }]);
  });

  it('has one other name in each log it was in', async () => {
    const rows = await relay.rows<{ channel_id: string; ids: string[] }>(
      `SELECT channel_id, array_agg(DISTINCT subject_id) AS ids FROM channel_entries e
       WHERE subject_id IS NOT NULL AND NOT EXISTS (SELECT FROM accounts WHERE id = e.subject_id) GROUP BY channel_id`,
    );
    // The group, the one she was removed from, the one she was added to, the direct channel and the server's.
    expect(rows).toHaveLength(5);
    expect(rows.map(({ ids }) => ids.length)).toEqual([1, 1, 1, 1, 1]);
    expect(new Set(rows.flatMap(({ ids }) => ids)).size).toBe(5);
  });

  it('leaves its servers to others, and takes along those where it was alone', async () => {
    const [owner, first, second, third] = await inhabitants(relay, 'owner', 'first', 'second', 'third');
    const server = await owner.makesServer();
    await owner.takesIn(server, first, second, third);
    const channel = await owner.makesChannel(server);
    await first.joinsChannels(channel);
    await owner.ranks(server, second, 'MODERATOR');
    await owner.ranks(server, third, 'ADMIN');
    const alone = await owner.makesServer();
    const lonely = await owner.makesChannel(alone);
    const following = await first.follows(channel).caughtUp();

    // An admin before a moderator before a member, however long they have been there.
    for (const [leaving, heirs] of [
      [owner, ['first MEMBER', 'second MODERATOR', 'third OWNER']],
      [third, ['first MEMBER', 'second OWNER']],
      [second, ['first OWNER']],
    ] as const) {
      expect(granted(await tryToDelete(leaving)).deleteAccount).toBe(true);
      expect(await first.membersOfServer(server)).toEqual(heirs);
      expect((await first.seesServer(server)).memberCount).toBe(heirs.length);
      expect(await placesOf(leaving.id)).toEqual([]);
    }
    expect(await following.next()).toMatchObject({ change: 'LEFT' });
    expect(await relay.rows('SELECT FROM servers WHERE id = $1', [alone])).toEqual([]);
    expect(await relay.rows('SELECT FROM channels WHERE id = $1', [lonely])).toEqual([]);
    expect(granted(await tryToDelete(first)).deleteAccount).toBe(true);
    expect(await relay.rows('SELECT FROM servers WHERE id = $1', [server])).toEqual([]);
    expect(await relay.rows('SELECT FROM channels WHERE id = $1', [channel])).toEqual([]);
    await following.over();
    expect(await placesOf(first.id)).toEqual([]);
  });

  it('is in no server afterwards that it was taken into at the same time', async () => {
    const [erin, frank] = await inhabitants(relay, 'erin', 'frank');
    const server = await erin.makesServer();
    const code = await erin.invites(server);
    const channel = await erin.makesChannel(server);
    await erin.takesIn(server, frank);
    const [deleted, ...others] = await Promise.all([
      tryToDelete(frank),
      frank.triesToJoin(code),
      frank.triesToJoinChannel(channel),
      erin.triesToChange('addChannelMember', channel, frank),
      erin.triesToRank(server, frank, 'OWNER'),
    ]);
    expect(granted(deleted).deleteAccount).toBe(true);
    for (const answer of others)
      if (answer.errors) expect(refusal(answer)).toMatch(/^(NOT_FOUND|CONFLICT.ALREADY_A_MEMBER|UNAUTHENTICATED.*)$/);
    expect(await placesOf(frank.id)).toEqual([]);
    expect(await erin.membersOfServer(server)).toEqual(['erin OWNER']);
    expect((await erin.seesServer(server)).memberCount).toBe(1);
  });

  it('gets nothing that comes after it left, on a process that has not heard of its end', async () => {
    const dave = new Person(second, await register(relay, 'dave'));
    const group = await bob.makesGroupWith(carol, dave);
    const bobElsewhere = bob.movesTo(second);
    const [log, feed] = [dave.follows(group), dave.followsAll()];
    const others = bobElsewhere.follows(group);
    for (const inbox of [log, feed, others]) await inbox.caughtUp();
    await bob.posts(group, 'before');
    expect(granted(await tryToDelete(dave.movesTo(relay))).deleteAccount).toBe(true);
    // The process that dave is connected to learns of both at once, before the end of his session can reach it.
    await bobElsewhere.posts(group, 'after', { epoch: 2 });
    await bobElsewhere.posts(group, 'later', { epoch: 2 });
    expect(wordsOf(await others.take(4))).toEqual(['before', '', 'after', 'later']);
    for (const inbox of [log, feed]) {
      await inbox.over();
      const places = inbox.waiting.flatMap(({ entries }) => entries.map(({ seq }) => seq));
      expect(places.filter((seq) => seq > 2)).toEqual([]);
    }
    await bobElsewhere.goesAway();
  });

  it('gives its name back', async () => {
    const next = new Person(relay, await register(relay, 'alice'));
    const before = await next.opensDirectWith(bob);
    expect(await membersOf(next, before)).toEqual(expect.arrayContaining(['alice MEMBER', 'bob MEMBER']));
    expect((await next.reads(before)).entries).toEqual([]);
  });

  it('waits for whoever changes a log that names it, and is in nobody’s way meanwhile', async () => {
    const heather = new Person(relay, await register(relay, 'heather'));
    const former = await bob.makesGroupWith(carol);
    await bob.adds(heather, former);
    await bob.removes(heather, former);
    // As trimming does.
    const holder = await LockHolder.locks(relay, 'SELECT FROM channel_heads WHERE channel_id = $1 FOR UPDATE', [
      former,
    ]);
    const deleting = tryToDelete(heather);
    await holder.queue(1);
    await holder.does('SELECT FROM channel_entries WHERE channel_id = $1 FOR UPDATE NOWAIT', [former]);
    await holder.lets();
    expect(granted(await deleting).deleteAccount).toBe(true);
    expect(await placesOf(heather.id)).toEqual([]);
  });

  it('is in no channel afterwards that it was added to at the same time', async () => {
    const dave = new Person(relay, await register(relay, 'dave'));
    const old = await bob.makesGroupWith(carol, dave);
    const other = await bob.makesGroupWith(carol);
    const waiting = async (count: number) => {
      const rows = await relay.rows(
        "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
      );
      return rows.length >= count;
    };
    // Holds the deletion where it is about to leave: whoever adds dave now comes too late, or before it is done.
    const holder = relay.app.get(DataSource).createQueryRunner();
    await holder.startTransaction();
    await holder.query('SELECT FROM channel_heads WHERE channel_id = $1 FOR UPDATE', [old]);
    const deleting = tryToDelete(dave);
    await within(1_500, () => waiting(1));
    let answered = false;
    const adding = bob.triesToChange('addChannelMember', other, dave).finally(() => (answered = true));
    await within(1_500, async () => answered || (await waiting(2)));
    await holder.rollbackTransaction();
    await holder.release();

    expect(granted(await deleting).deleteAccount).toBe(true);
    expect(refusal(await adding)).toBe('NOT_FOUND');
    expect(await placesOf(dave.id, dave.tokens.device!.id)).toEqual([]);
    expect(await membersOf(bob, other)).toHaveLength(2);
  });
});

import { randomBytes, randomUUID } from 'node:crypto';
import { Administrator } from '../harness/administrator.js';
import { DeviceOwner } from '../harness/device-owner.js';
import { everythingIn } from '../harness/everything.js';
import { graphql, refusal } from '../harness/graphql-client.js';
import { KeyRing } from '../harness/key-ring.js';
import { LockHolder } from '../harness/lock-holder.js';
import { login, refresh, tryToRefresh } from '../harness/people.js';
import { people, type Person, wordsOf } from '../harness/person.js';
import { RawSocket } from '../harness/raw-socket.js';
import { startRelay, type TestRelay } from '../harness/relay.js';

let relay: TestRelay;
let root: Administrator;
let alice: Person;
let bob: Person;

beforeEach(async () => {
  relay = await startRelay({ env: { LETHE_ADMINS: 'root' } });
  root = await Administrator.registers(relay, 'root');
  [alice, bob] = (await people(relay, 'alice', 'bob')) as [Person, Person];
});
afterEach(async () => {
  await Promise.all([alice.goesAway(), bob.goesAway()]);
  await relay.stop();
});

interface Stored {
  seq: number;
  kind: number;
  body: boolean;
  tag: boolean;
  sender: boolean;
  refers: number | null;
}

const stored = (channelId: string) =>
  relay.rows<Stored>(
    `SELECT seq, kind, sealed_body IS NOT NULL AS body, author_tag IS NOT NULL AS tag, refers_to AS refers,
       sender_scope IS NOT NULL AND client_message_id IS NOT NULL AS sender
     FROM channel_entries WHERE channel_id = $1 ORDER BY seq`,
    [channelId],
  );

const countOf = async (table: string) => {
  const [row] = await relay.rows<{ count: number }>(`SELECT count(*)::int AS count FROM ${table}`);
  return row!.count;
};

/** Nobody can wait for a month with a socket open: the rows are made older instead of the clock being moved. */
const age = (channelId: string, days: number, upTo = 1_000_000) =>
  relay.rows(
    `UPDATE channel_entries SET created_at = created_at - $2 * interval '1 day' WHERE channel_id = $1 AND seq <= $3`,
    [channelId, days, upTo],
  );

/** Counts what is due, sees that counting changes nothing, does it, and sees that nothing is due any more. */
async function does(chore: string): Promise<number> {
  const before = await everythingButRuns();
  const due = await root.counts(chore);
  expect(await everythingButRuns()).toEqual(before);
  const run = await root.runs(chore);
  expect(run).toMatchObject({ chore, outcome: 'SUCCEEDED', dryRun: false, affected: due, error: null });
  expect(await root.counts(chore)).toBe(0);
  return due;
}

const everythingButRuns = () => everythingIn(relay, ['chore_runs']);

describe('expire-messages', () => {
  it('takes body, tag and what it answers from expired messages alone, and keeps their places', async () => {
    const group = await alice.makesGroupWith(bob);
    const { id: refersTo } = await alice.posts(group, 'stays');
    const authorTag = randomBytes(32).toString('base64');
    const clientMessageId = randomUUID();
    await alice.posts(group, 'goes', { expiresInSeconds: 60, authorTag, refersTo, clientMessageId });
    await alice.posts(group, 'stays longer', { expiresInSeconds: 3_600, authorTag, refersTo });
    expect(await does('expire-messages')).toBe(0);

    relay.clock.advance({ seconds: 61 });
    const before = await bob.reads(group);
    expect(await does('expire-messages')).toBe(1);
    expect(await stored(group)).toEqual([
      { seq: 1, kind: 0, body: true, tag: false, refers: null, sender: true },
      { seq: 2, kind: 0, body: false, tag: false, refers: null, sender: true },
      { seq: 3, kind: 0, body: true, tag: true, refers: 1, sender: true },
    ]);
    expect(await bob.reads(group)).toEqual(before);
    expect(before.gaps).toEqual([{ fromSeq: 2, toSeq: 2, reason: 'EXPIRED' }]);
    // What is gone can still not be posted twice.
    expect(await alice.posts(group, 'goes', { clientMessageId })).toMatchObject({ seq: 2, duplicate: true });
  });
});

describe('forget-senders', () => {
  it('forgets after 30 days who might post again, and nothing else', async () => {
    const group = await alice.makesGroupWith(bob);
    for (const words of ['old', 'young']) await alice.posts(group, words);
    await age(group, 29);
    expect(await does('forget-senders')).toBe(0);
    await age(group, 1, 1);
    expect(await does('forget-senders')).toBe(1);
    expect(await stored(group)).toMatchObject([
      { seq: 1, body: true, sender: false },
      { seq: 2, body: true, sender: true },
    ]);
    expect(wordsOf((await bob.reads(group)).entries)).toEqual(['old', 'young']);
  });
});

describe('trim-log-heads', () => {
  const sweep = async () => {
    await root.runs('expire-messages');
    await root.runs('forget-senders');
    return does('trim-log-heads');
  };
  const floorOf = async (channelId: string) => {
    const [head] = await relay.rows<{ floor_seq: number }>(
      'SELECT floor_seq FROM channel_heads WHERE channel_id = $1',
      [channelId],
    );
    return head!.floor_seq;
  };

  it('takes what a log begins with once it is purged and can no longer be posted again', async () => {
    const group = await alice.makesGroupWith(bob);
    for (const words of ['1', '2', '3']) await alice.posts(group, words, { expiresInSeconds: 60 });
    await alice.posts(group, 'stays');
    await alice.posts(group, 'goes, but what is before it stays', { expiresInSeconds: 60 });
    relay.clock.advance({ seconds: 61 });
    await age(group, 29);
    expect(await sweep()).toBe(0);
    await age(group, 1, 2);
    expect(await sweep()).toBe(2);
    expect(await floorOf(group)).toBe(2);
    await age(group, 1);
    expect(await sweep()).toBe(1);
    expect([await floorOf(group), (await stored(group)).map(({ seq }) => seq)]).toEqual([3, [4, 5]]);
    expect(await bob.reads(group)).toMatchObject({
      entries: [{ seq: 4 }],
      gaps: [
        { fromSeq: 1, toSeq: 3, reason: 'EXPIRED' },
        { fromSeq: 5, toSeq: 5, reason: 'EXPIRED' },
      ],
      caughtUp: true,
    });
  });

  it('takes changes of membership with the rest when they are 30 days old, and who is a member stays as exact', async () => {
    const group = await alice.makesGroupWith();
    await alice.posts(group, '1', { expiresInSeconds: 60 });
    await alice.adds(bob, group);
    await alice.posts(group, '3', { expiresInSeconds: 60, epoch: 2 });
    await alice.removes(bob, group);
    await alice.posts(group, '5', { expiresInSeconds: 60, epoch: 3 });
    await alice.adds(bob, group);
    await alice.posts(group, '7', { expiresInSeconds: 60, epoch: 4 });
    const early = (await bob.reads(group, undefined, 1)).cursor;
    relay.clock.advance({ seconds: 61 });
    await age(group, 31, 5);
    expect(await sweep()).toBe(5);

    const gap = (fromSeq: number, toSeq: number, reason: string) => ({ fromSeq, toSeq, reason });
    const first = await bob.reads(group);
    // The stretch up to the first departure, then the one that lasts.
    expect(first).toMatchObject({ entries: [], gaps: [gap(1, 1, 'NOT_A_MEMBER'), gap(2, 4, 'EXPIRED')] });
    const rest = { entries: [{ seq: 6 }], gaps: [gap(5, 5, 'NOT_A_MEMBER'), gap(7, 7, 'EXPIRED')], caughtUp: true };
    expect(await bob.reads(group, first.cursor)).toMatchObject(rest);
    expect((await bob.reads(group, early)).gaps).toEqual([gap(3, 4, 'EXPIRED')]);
    expect((await alice.reads(group)).gaps[0]).toEqual(gap(1, 5, 'EXPIRED'));
    const { channel } = await alice.asks<{ channel: { members: { nodes: { username: string }[] } } }>(
      'query ($id: ID!) { channel(id: $id) { members { nodes { username } } } }',
      { id: group },
    );
    expect(channel.members.nodes.map(({ username }) => username)).toEqual(['alice', 'bob']);
    await age(group, 31);
    expect(await sweep()).toBe(2);
    expect(await stored(group)).toEqual([]);
    expect(await alice.posts(group, '8', { epoch: 4 })).toMatchObject({ seq: 8 });
  });

  it('is told of in a gap to every follower, wherever it stands and whatever its process knows', async () => {
    const second = await startRelay({ beside: relay });
    const group = await alice.makesGroupWith(bob);
    const live = await bob.follows(group).caughtUp();
    const bobThere = bob.movesTo(second);
    const liveThere = await bobThere.follows(group).caughtUp();
    for (const words of ['1', '2', '3']) await alice.posts(group, words, { expiresInSeconds: 60 });
    const early = (await bob.reads(group, undefined, 1)).cursor;
    await Promise.all([live.take(3), liveThere.take(3)]);
    relay.clock.advance({ seconds: 61 });
    await age(group, 31);
    expect(await sweep()).toBe(3);

    const gap = { fromSeq: 2, toSeq: 3, reason: 'EXPIRED' };
    for (const person of [bob, bobThere])
      expect(await person.follows(group, early).page()).toMatchObject({ entries: [], gaps: [gap], caughtUp: true });
    await alice.posts(group, '4');
    for (const inbox of [live, liveThere])
      expect(await inbox.page()).toMatchObject({ entries: [{ seq: 4 }], gaps: [] });

    // A process that slept through it all: places that came and went before it looked.
    await relay.rows('UPDATE channel_heads SET last_seq = 6, floor_seq = 6 WHERE channel_id = $1', [group]);
    await relay.rows('DELETE FROM channel_entries WHERE channel_id = $1', [group]);
    for (const inbox of [live, liveThere])
      expect(await inbox.page()).toMatchObject({ entries: [], gaps: [{ fromSeq: 5, toSeq: 6, reason: 'EXPIRED' }] });
    await bobThere.goesAway();
    await second.stop();
  });

  it('goes through many logs and through long ones, batch by batch', async () => {
    const groups = await Promise.all(Array.from({ length: 3 }, () => alice.makesGroupWith()));
    const [first] = groups;
    for (const group of groups) {
      const count = group === first ? 2_500 : 10;
      await relay.rows(
        `INSERT INTO channel_entries (channel_id, seq, kind, epoch, created_at)
         SELECT $1, n, 0, 1, now() - interval '31 days' FROM generate_series(1, $2::int) AS n`,
        [group, count],
      );
      await relay.rows('UPDATE channel_heads SET last_seq = $2 WHERE channel_id = $1', [group, count]);
      await relay.rows('INSERT INTO trimmable_logs VALUES ($1)', [group]);
    }
    // Of channels that are gone: they come to nothing, and are no end.
    await relay.rows('INSERT INTO trimmable_logs SELECT gen_random_uuid() FROM generate_series(1, 250)');
    expect(await does('trim-log-heads')).toBe(2_520);
    expect(await Promise.all(groups.map(floorOf))).toEqual([2_500, 10, 10]);
    expect(await countOf('trimmable_logs')).toBe(0);
  });

  it('waits for whoever has the head, and is in nobody’s way meanwhile', async () => {
    const group = await alice.makesGroupWith();
    await alice.adds(bob, group);
    await age(group, 31);
    await relay.rows('INSERT INTO trimmable_logs VALUES ($1)', [group]);
    const holder = await LockHolder.locks(relay, 'SELECT FROM channel_heads WHERE channel_id = $1 FOR UPDATE', [group]);
    const trimming = root.runs('trim-log-heads');
    await holder.queue(1);
    // As when the account that the entry names is deleted.
    await holder.does('SELECT FROM channel_entries WHERE channel_id = $1 FOR UPDATE NOWAIT', [group]);
    await holder.lets();
    expect(await trimming).toMatchObject({ outcome: 'SUCCEEDED', affected: 1 });
  });

  it('and forget-senders do not wait for each other', async () => {
    const group = await alice.makesGroupWith(bob);
    for (const words of ['first', 'second']) await alice.posts(group, words, { expiresInSeconds: 60 });
    relay.clock.advance({ seconds: 61 });
    await root.runs('expire-messages');
    await age(group, 31);
    await relay.rows('UPDATE channel_entries SET sender_scope = NULL WHERE channel_id = $1 AND seq = 1', [group]);
    await relay.rows('INSERT INTO trimmable_logs VALUES ($1)', [group]);
    const first = 'SELECT FROM channel_entries WHERE channel_id = $1 AND seq = 1 FOR UPDATE';
    const holder = await LockHolder.locks(relay, first, [group]);
    const trimming = root.runs('trim-log-heads');
    await holder.queue(1);
    const forgetting = root.runs('forget-senders');
    await holder.queue(2);
    await holder.lets();
    expect(await trimming).toMatchObject({ outcome: 'SUCCEEDED', affected: 1 });
    expect(await forgetting).toMatchObject({ outcome: 'SUCCEEDED', affected: 1 });
  });
});

describe('what remembers people', () => {
  it('goes with sessions that are over, and stays with those that are not', async () => {
    await root.runs('expire-sessions');
    const { refreshToken } = alice.tokens;
    const renewed = await refresh(relay, alice.tokens);
    expect(await graphql(relay.url, 'mutation { logout }', {}, bob.token)).toEqual({ data: { logout: true } });
    expect(await does('expire-sessions')).toBe(0);
    relay.clock.advance({ days: 20 });
    const kept = await refresh(relay, renewed);
    relay.clock.advance({ days: 11 });
    root = new Administrator(relay, await login(relay, 'root'));
    // Root's first session and its token, two tokens of Alice, and that Bob logged out.
    expect(await does('expire-sessions')).toBe(5);
    expect(await countOf('sessions')).toBe(2);
    expect(refusal(await tryToRefresh(relay, refreshToken))).toBe('UNAUTHENTICATED/TOKEN_INVALID');
    await refresh(relay, kept);
  });

  it('goes with what happened to accounts and with used prekeys, after 90 days', async () => {
    const keys = KeyRing.ed25519();
    const carol = await DeviceOwner.registers(relay, 'carol', keys.newDevice());
    const dave = await DeviceOwner.registers(relay, 'dave', KeyRing.ed25519().newDevice());
    await dave.claims(carol.id);
    const events = await countOf('security_events');
    const before = await countOf('handed_out_pre_keys');
    expect(before).toBe(2);
    relay.clock.advance({ days: 89 });
    root = new Administrator(relay, await login(relay, 'root'));
    await (await dave.logsInAgain()).claims(carol.id);
    expect([await does('expire-security-events'), await does('forget-pre-keys')]).toEqual([0, 0]);
    relay.clock.advance({ days: 1 });
    root = new Administrator(relay, await login(relay, 'root'));
    expect([await does('expire-security-events'), await does('forget-pre-keys')]).toEqual([events, before]);
    expect(await countOf('handed_out_pre_keys')).toBe(2);
  });

  it('goes with the runs themselves', async () => {
    await root.runs('expire-messages');
    relay.clock.advance({ days: 90 });
    root = new Administrator(relay, await login(relay, 'root'));
    expect(await root.runs('forget-chore-runs')).toMatchObject({ affected: 1 });
    expect(await root.runsOf('expire-messages')).toEqual([]);
  });
});

describe('watch-prekeys', () => {
  it('reminds devices that listen, once a day', async () => {
    const keys = KeyRing.ed25519();
    await DeviceOwner.registers(relay, 'away', KeyRing.ed25519().newDevice());
    const carol = await DeviceOwner.registers(relay, 'carol', keys.newDevice());
    const listens = async (owner: DeviceOwner) => {
      const socket = await RawSocket.as(relay, owner.token);
      socket.subscribe('1', 'subscription { deviceSignals { kind } }');
      return socket;
    };
    const kind = async (socket: RawSocket) =>
      ((await socket.next('next')).payload?.data as { deviceSignals: { kind: string } }).deviceSignals.kind;
    expect(await does('watch-prekeys')).toBe(0);

    relay.clock.advance({ days: 10 });
    root = new Administrator(relay, await login(relay, 'root'));
    const socket = await listens(await carol.logsInAgain());
    expect(await kind(socket)).toBe('SIGNED_PRE_KEY_STALE');
    // That of who is away is stale, too.
    expect(await does('watch-prekeys')).toBe(1);
    expect(await kind(socket)).toBe('SIGNED_PRE_KEY_STALE');

    // The signal that the stock fell got lost.
    await relay.rows('DELETE FROM pre_keys WHERE device_id = $1 AND key_id > 10', [carol.deviceId]);
    relay.clock.advance({ days: 1 });
    root = new Administrator(relay, await login(relay, 'root'));
    const again = await listens(await carol.logsInAgain());
    expect([await kind(again), await kind(again)]).toEqual(['SIGNED_PRE_KEY_STALE', 'PRE_KEYS_LOW']);
    await root.runs('watch-prekeys');
    expect([await kind(again), await kind(again)]).toEqual(['PRE_KEYS_LOW', 'SIGNED_PRE_KEY_STALE']);
  });
});

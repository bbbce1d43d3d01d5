import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { granted, graphql } from '../harness/graphql-client.js';
import { people, type Person, sealed } from '../harness/person.js';
import { RawSocket } from '../harness/raw-socket.js';
import { startRelay, type TestRelay } from '../harness/relay.js';
import { within } from '../harness/within.js';
import { refresh } from '../harness/people.js';
import { LogTails } from '../../src/realtime/log-tails.js';
import { SocketServer } from '../../src/realtime/socket-server.js';

const ME = '{ me { username } }';

describe('the socket', () => {
  let relay: TestRelay;
  let alice: Person;
  let bob: Person;

  beforeAll(async () => {
    relay = await startRelay();
    [alice, bob] = (await people(relay, 'alice', 'bob')) as [Person, Person];
  });
  afterAll(async () => {
    await Promise.all([alice.goesAway(), bob.goesAway()]);
    await relay.stop();
  });

  it('answers queries, mutations and subscriptions', async () => {
    const socket = await RawSocket.as(relay, alice.token);
    socket.subscribe('1', ME);
    expect(await socket.next('next')).toMatchObject({ id: '1', payload: { data: { me: { username: 'alice' } } } });
    expect(await socket.next()).toEqual({ type: 'complete', id: '1' });
    socket.subscribe('2', 'mutation { openNotes { id kind } }');
    const { payload } = await socket.next('next');
    const { id } = payload?.data?.openNotes as { id: string };
    socket.subscribe('3', 'subscription ($id: ID!) { channelLog(channelId: $id) { caughtUp } }', { id });
    await socket.next('complete');
    expect(await socket.next('next')).toMatchObject({ id: '3', payload: { data: { channelLog: { caughtUp: true } } } });
  });

  it('leaves nothing behind that follows, not even of an id that was used again too soon', async () => {
    const channel = await alice.opensDirectWith(bob);
    const followed = () => relay.app.get(LogTails).counts.tails;
    const before = followed();
    const socket = await RawSocket.as(relay, alice.token);
    const follow = () =>
      socket.subscribe('1', 'subscription ($id: ID!) { channelLog(channelId: $id) { cursor } }', { id: channel });
    follow();
    socket.send({ type: 'complete', id: '1' });
    follow();
    await within(2_000, () => followed() === before + 1);
    socket.webSocket.close();
    await within(2_000, () => followed() === before);
  });

  it('takes the token as a header would carry it, too', async () => {
    const socket = await RawSocket.open(relay);
    socket.send({ type: 'connection_init', payload: { Authorization: `Bearer ${alice.token}` } });
    expect(await socket.next()).toEqual({ type: 'connection_ack' });
  });

  it('answers an operation that is wrong, and stays open', async () => {
    const socket = await RawSocket.as(relay, alice.token);
    const wrong: [query: string, variables: Record<string, unknown>, reason: string][] = [
      ['{ me { ', {}, 'QUERY_MALFORMED'],
      ['{ nobody }', {}, 'QUERY_INVALID'],
      ['query ($id: ID!) { channel(id: $id) { id } }', {}, 'INVALID_VALUE'],
      ['query ($id: ID!) { channel(id: $id) { id } }', { id: 'x' }, 'BAD_ID'],
      ['subscription ($id: ID!) { channelLog(channelId: $id) { cursor } }', { id: 'x' }, 'BAD_ID'],
    ];
    for (const [index, [query, variables, reason]] of wrong.entries()) {
      socket.subscribe(String(index), query, variables);
      let message = await socket.next();
      while (message.id !== String(index)) message = await socket.next();
      const answer = JSON.stringify(message);
      expect(answer).toContain(reason);
      expect(answer).toContain('BAD_USER_INPUT');
    }
    socket.subscribe('x'.repeat(129), ME);
    expect(JSON.stringify(await socket.next('error'))).toContain('BAD_USER_INPUT');
    socket.subscribe('still there', ME);
    expect(await socket.next('next')).toMatchObject({ id: 'still there' });
  });

  it('is only at its path, only for allowed origins, and takes no large messages', async () => {
    expect(await RawSocket.refused(relay, { path: '/' })).toBe(404);
    expect(await RawSocket.refused(relay, { path: '/graphql/' })).toBe(404);
    expect(await RawSocket.refused(relay, { origin: 'https://evil.example' })).toBe(403);
    await RawSocket.open(relay, { origin: 'http://localhost:3000' });
    const socket = await RawSocket.as(relay, alice.token);
    socket.send({ type: 'ping', payload: { padding: 'x'.repeat(130 * 1024) } });
    expect((await socket.closed).code).toBe(1009);
  });

  it('closes who says nothing, nonsense, or has no token', async () => {
    const [silent, babbling, nobody, forger, early, other] = await Promise.all([
      RawSocket.open(relay),
      RawSocket.open(relay),
      RawSocket.open(relay),
      RawSocket.open(relay),
      RawSocket.open(relay),
      RawSocket.open(relay, { protocol: 'graphql-ws' }).catch(() => undefined),
    ]);
    babbling.webSocket.send('nonsense');
    nobody.send({ type: 'connection_init' });
    forger.send({ type: 'connection_init', payload: { accessToken: 'abc' } });
    early.subscribe('1', ME);
    expect((await silent.closed).code).toBe(4408);
    expect((await babbling.closed).code).toBe(4400);
    expect((await nobody.closed).code).toBe(4401);
    expect((await forger.closed).code).toBe(4401);
    expect((await early.closed).code).toBe(4401);
    expect(other).toBeUndefined();
  });

  it('closes when the session is ended, here and at another process', async () => {
    const beside = await startRelay({ beside: relay });
    const mallory = granted(
      await graphql<{ login: { accessToken: string } }>(
        relay.url,
        'mutation { login(input: { username: "bob", password: "correct horse battery staple" }) { accessToken } }',
      ),
    ).login.accessToken;
    const [here, there] = [await RawSocket.as(relay, mallory), await RawSocket.as(beside, mallory)];
    const started = Date.now();
    await graphql(relay.url, 'mutation { logout }', {}, mallory);
    expect((await here.closed).code).toBe(4401);
    expect((await there.closed).code).toBe(4401);
    expect(Date.now() - started).toBeLessThan(2_000);
    await beside.stop();
  });

  it('closes with another code when only the token has run out', async () => {
    const [eve] = (await people(relay, 'eve')) as [Person];
    const socket = await RawSocket.as(relay, eve.token);
    relay.clock.advance({ minutes: 16 });
    expect((await socket.closed).code).toBe(4403);
    const late = await RawSocket.open(relay);
    late.send({ type: 'connection_init', payload: { accessToken: eve.token } });
    expect((await late.closed).code).toBe(4403);
    await RawSocket.as(relay, (await refresh(relay, eve.tokens)).accessToken);
  });

  it('holds a slow reader to one page, lets the others pass, and lets it resume', async () => {
    const [frank, grace] = (await people(relay, 'frank', 'grace')) as [Person, Person];
    const group = await frank.makesGroupWith(grace);
    const fast = await frank.follows(group).caughtUp();
    const slow = await RawSocket.as(relay, grace.token);
    slow.subscribe(
      'log',
      'subscription ($id: ID!) { channelLog(channelId: $id) { cursor entries { seq ... on Message { sealedBody } } } }',
      {
        id: group,
      },
    );
    const seqs: number[] = [];
    let cursor = '';
    const take = ({ payload }: Awaited<ReturnType<typeof slow.next>>) => {
      const page = payload?.data?.channelLog as { cursor: string; entries: { seq: number }[] };
      cursor = page.cursor;
      seqs.push(...page.entries.map(({ seq }) => seq));
    };
    take(await slow.next('next'));
    slow.webSocket.pause();

    const body = sealed('large', 65_536);
    for (let round = 0; round < 10; round++)
      await Promise.all(Array.from({ length: 30 }, () => frank.posts(group, '', { sealedBody: body })));
    expect(await fast.take(300)).toHaveLength(300);

    const buffered = () => relay.app.get(SocketServer).bytesWaiting();
    await within(5_000, () => buffered() > 0);
    expect(buffered()).toBeLessThan(2 * 1_048_576 * (4 / 3));

    const behind = () => relay.app.get(SocketServer).socketsBehind();
    await within(3_000, () => behind() === 1);
    relay.clock.advance({ seconds: 61 });
    await within(3_000, () => behind() === 0);
    slow.webSocket.resume();
    const { code } = await slow.closed;
    expect(code).toBe(4008);
    for (;;) {
      const message = await slow.next('next').catch(() => undefined);
      if (!message) break;
      take(message);
    }
    const again = grace.follows(group, cursor);
    const rest = await again.take(300 - seqs.length);
    expect([...seqs, ...rest.map(({ seq }) => seq)]).toEqual(Array.from({ length: 300 }, (_, n) => n + 1));
    await Promise.all([frank.goesAway(), grace.goesAway()]);
  });

  it('counts sockets of an account, and operations of a socket', async () => {
    const strict = await startRelay({ env: { LETHE_LIMIT_SCALE: '1' } });
    const [heidi] = (await people(strict, 'heidi')) as [Person];
    const sockets: RawSocket[] = [];
    for (let n = 0; n < 10; n++) sockets.push(await RawSocket.as(strict, heidi.token));
    const eleventh = await RawSocket.open(strict);
    eleventh.send({ type: 'connection_init', payload: { accessToken: heidi.token } });
    expect((await eleventh.closed).code).toBe(4029);
    const [flooding] = sockets as [RawSocket];
    for (let n = 0; n < 250; n++) flooding.send({ type: 'pong' });
    expect((await flooding.closed).code).toBe(4029);
    // Its place is free again.
    await RawSocket.as(strict, heidi.token);
    await strict.stop();
  });

  it('says goodbye to everybody when it stops, and refuses newcomers meanwhile', async () => {
    const stopping = await startRelay({ env: { LETHE_DRAIN_MS: '500' } });
    const [ivan] = (await people(stopping, 'ivan')) as [Person];
    const sockets = await Promise.all(Array.from({ length: 5 }, () => RawSocket.as(stopping, ivan.token)));
    const stopped = stopping.stop();
    await within(2_000, async () => (await RawSocket.refused(stopping).catch(() => 503)) === 503);
    for (const socket of sockets) expect((await socket.closed).code).toBe(1012);
    await stopped;
  });

  it('answers what runs before it says goodbye, and takes nothing new', async () => {
    const stopping = await startRelay();
    const [judy] = (await people(stopping, 'judy')) as [Person];
    const channel = await judy.makesGroupWith();
    const socket = await RawSocket.as(stopping, judy.token);
    const post = (id: string) =>
      socket.subscribe(id, 'mutation ($input: PostMessageInput!) { postMessage(input: $input) { seq } }', {
        input: { channelId: channel, clientMessageId: randomUUID(), epoch: 1, sealedBody: sealed('a last word') },
      });
    const other = new pg.Client(stopping.databaseUrl);
    await other.connect();
    await other.query('BEGIN');
    await other.query('SELECT 1 FROM channel_heads WHERE channel_id = $1 FOR UPDATE', [channel]);
    post('under way');
    await within(1_500, async () => {
      const rows = await stopping.rows(
        `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`,
      );
      return rows.length > 0;
    });
    const stopped = stopping.stop();
    await within(1_500, async () => (await RawSocket.refused(stopping).catch(() => 503)) === 503);
    post('too late');
    expect(JSON.stringify(await socket.next('error'))).toContain('SHUTTING_DOWN');
    await other.query('COMMIT');
    await other.end();
    expect(await socket.next('next')).toMatchObject({
      id: 'under way',
      payload: { data: { postMessage: { seq: 1 } } },
    });
    expect((await socket.closed).code).toBe(1012);
    await stopped;
  });
});

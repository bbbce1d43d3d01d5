import { randomUUID } from 'node:crypto';
import { everythingIn } from '../harness/everything.js';
import { refusal } from '../harness/graphql-client.js';
import { login } from '../harness/people.js';
import { people, Person, sealed } from '../harness/person.js';
import { RawSocket } from '../harness/raw-socket.js';
import { startRelay, type TestRelay } from '../harness/relay.js';
import { frame, frames, WireSocket } from '../harness/wire-socket.js';
import { within } from '../harness/within.js';

const POST = 'mutation ($input: PostMessageInput!) { postMessage(input: $input) { seq } }';
const ME = '{ me { username } }';
const INIT = (accessToken: string) => ({ type: 'connection_init', payload: { accessToken } });
const subscribe = (id: string, query = ME, variables = {}) => ({
  type: 'subscribe',
  id,
  payload: { query, variables },
});

describe('a hostile client', () => {
  let relay: TestRelay;
  let alice: Person;
  let group: string;

  beforeAll(async () => {
    relay = await startRelay({ env: { LETHE_LIMIT_SCALE: '5' } });
    [alice] = (await people(relay, 'alice')) as [Person];
    group = await alice.makesGroupWith();
  });
  afterAll(() => relay.stop());

  const post = (channelId: string) => ({
    input: { channelId, clientMessageId: randomUUID(), epoch: 1, sealedBody: sealed('hello') },
  });

  it('has nothing done before it has shown a token, however much it asks for', async () => {
    const stored = await everythingIn(relay);
    const socket = await WireSocket.open(relay);
    for (let n = 0; n < 100; n++) socket.says(subscribe(String(n), POST, post(group)));
    expect(await socket.closeCode()).toBe(4401);
    socket.says(INIT(alice.token));
    socket.says(subscribe('after all', POST, post(group)));
    const inUrl = await RawSocket.open(relay, {
      path: `/graphql?accessToken=${alice.token}`,
      headers: { authorization: `Bearer ${alice.token}` },
    });
    inUrl.send({ type: 'connection_init' });
    expect((await inUrl.closed).code).toBe(4401);
    expect(socket.received.toString('latin1')).not.toMatch(/connection_ack|next/);
    expect(await everythingIn(relay)).toEqual(stored);
    socket.tcp.destroy();
  });

  it.each([
    ['nothing', '', 4400],
    ['a batch', '[{"type":"ping"}]', 4400],
    ['what only a server says', '{"type":"connection_ack"}', 4400],
    ['what nobody says', '{"type":"connection_terminate"}', 4400],
    ['an operation without a document', '{"type":"subscribe","id":"1","payload":{}}', 4400],
    ['an operation without an id', '{"type":"subscribe","id":"","payload":{"query":"{ __typename }"}}', 4400],
    [
      'variables that are a list',
      '{"type":"subscribe","id":"1","payload":{"query":"{ __typename }","variables":[]}}',
      4400,
    ],
    ['hello twice', '{"type":"connection_init"}', 4429],
  ])('is closed for %s', async (_, words, code) => {
    const socket = await RawSocket.as(relay, alice.token);
    socket.webSocket.send(words);
    expect((await socket.closed).code).toBe(code);
  });

  it('is closed for using an id twice at once, and not for strange ones', async () => {
    const socket = await RawSocket.as(relay, alice.token);
    for (const id of ['__proto__', 'constructor', 'toString', '\0', '🔑']) {
      socket.subscribe(id, ME);
      expect(await socket.next('next')).toMatchObject({ id });
    }
    socket.send({ type: 'complete', id: 'of nothing' });
    socket.subscribe('twice', 'subscription { feed { cursor } }');
    socket.subscribe('twice', 'subscription { feed { cursor } }');
    expect((await socket.closed).code).toBe(4409);
  });

  it('is answered for each operation that is wrong, and stays connected', async () => {
    const socket = await RawSocket.as(relay, alice.token);
    const wrong: [string, Record<string, unknown>, string][] = [
      ['subscription { feed @skip(if: true) { cursor } }', {}, 'BAD_USER_INPUT/QUERY_INVALID'],
      ['subscription { ... @include(if: false) { feed { cursor } } }', {}, 'BAD_USER_INPUT/QUERY_INVALID'],
      ['subscription ($no: Boolean!) { feed @skip(if: $no) { cursor } }', { no: true }, 'BAD_USER_INPUT/INVALID_VALUE'],
      [
        'query ($id: ID!) { channel(id: $id) { id } }',
        Object.fromEntries([['__proto__', { id: group }]]),
        'BAD_USER_INPUT/INVALID_VALUE',
      ],
      [ME, { unused: Array(2_001).fill(0) }, 'LIMIT_REACHED/TOO_LARGE'],
    ];
    for (const [query, variables, why] of wrong) expect(refusal(await socket.asks(query, variables))).toBe(why);
    const followed = await socket.asks(
      'subscription { ...Feed } fragment Feed on Subscription { ... { news: feed { caughtUp } } }',
    );
    expect(followed).toEqual({ data: { news: { caughtUp: true } } });
    socket.webSocket.send(`{"type":"ping","payload":${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}}`);
    expect(await socket.next('pong')).toEqual({ type: 'pong' });
  });

  it.each([
    ['frames without a mask', () => [frame(frames.text, '{}', { masked: false })], 1002],
    ['text that is none', () => [frame(frames.text, Buffer.from([0xff]))], 1007],
    ['a frame of no kind', () => [frame(3, '')], 1002],
    [
      'a message in 20,000 pieces',
      () => [
        frame(frames.text, ' ', { last: false }),
        ...Array<Buffer>(20_000).fill(frame(frames.continuation, '', { last: false })),
      ],
      1008,
    ],
  ])('is closed for %s', async (_, pieces, code) => {
    const socket = await WireSocket.as(relay, alice.token);
    socket.sends(Buffer.concat(pieces()));
    expect(await socket.closeCode()).toBe(code);
    socket.tcp.destroy();
  });

  it.each(['ping', 'pong'] as const)('is cut off for a flood of %ss', async (kind) => {
    const socket = await WireSocket.as(relay, alice.token);
    socket.sends(Buffer.concat(Array<Buffer>(20_000).fill(frame(frames[kind], 'x'))));
    await within(5_000, () => socket.hungUp);
    socket.tcp.destroy();
  });

  it('may cut messages into pieces, with a ping between them', async () => {
    const socket = await WireSocket.as(relay, alice.token);
    const words = JSON.stringify(subscribe('in pieces'));
    socket.sends(frame(frames.text, words.slice(0, 20), { last: false }));
    socket.sends(frame(frames.ping, 'still there?'));
    socket.sends(frame(frames.continuation, words.slice(20)));
    await socket.hears('"username":"alice"');
    expect(socket.received.toString('latin1')).toContain('still there?');
    socket.tcp.destroy();
  });

  it.each([
    ['GET /nowhere', 'NOT_FOUND'],
    ['GET /graphql', 'BAD_USER_INPUT'],
    ['POST /graphql', 'BAD_USER_INPUT'],
  ])('is hung up on for %s as an upgrade that is none, whether it hangs up or not', async (line, code) => {
    const socket = await WireSocket.connect(relay);
    socket.asks(line, ['Connection: Upgrade', 'Upgrade: websocket']);
    await socket.hears(`"code":"${code}"`);
    await within(5_000, () => {
      socket.sends(Buffer.from('hello?'));
      return socket.tcp.destroyed;
    });
  });

  it('does nothing more on a socket whose session was ended, even if it goes on as if nothing were', async () => {
    const session = new Person(relay, await login(relay, 'alice'));
    const socket = await WireSocket.as(relay, session.token);
    await session.asks('mutation { logout }');
    expect(await socket.closeCode()).toBe(4401);
    socket.says(subscribe('1', POST, post(group)));
    socket.says(subscribe('2'));
    socket.says(INIT(alice.token));
    // What was to be done for it would be done by then.
    const { seq } = await alice.posts(group, 'meanwhile');
    expect((await alice.reads(group)).entries.map((entry) => entry.seq)).toEqual([seq]);
    expect(socket.received.toString('latin1')).not.toMatch(/"next"|username/);
    // It is given five seconds to say goodbye.
    await within(5_000, () => {
      relay.clock.advance({ seconds: 2 });
      return socket.hungUp;
    });
    socket.tcp.destroy();
  });
});

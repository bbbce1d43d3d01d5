import { randomUUID } from 'node:crypto';
import { DataSource } from 'typeorm';
import { forgetMailboxRetryKeys, countForgettableMailboxRetryKeys } from '../../src/mailbox/losing.queries.js';
import { Pools } from '../../src/database/pools.js';
import { SocketServer } from '../../src/realtime/socket-server.js';
import { everythingIn } from '../harness/everything.js';
import { granted, refusal } from '../harness/graphql-client.js';
import { LockHolder } from '../harness/lock-holder.js';
import { Correspondent, type MailPage, toEach, wordsIn } from '../harness/mail.js';
import { login, PASSWORD } from '../harness/people.js';
import { sealed } from '../harness/person.js';
import { type Message, RawSocket } from '../harness/raw-socket.js';
import { startRelay, type TestRelay } from '../harness/relay.js';
import { within } from '../harness/within.js';

let relay: TestRelay;
/** Another process of the same deployment, which hears of nothing but what it asks PostgreSQL for. */
let other: TestRelay;
let alice: Correspondent;
let phone: Correspondent;
let laptop: Correspondent;

beforeAll(async () => {
  relay = await startRelay();
  other = await startRelay({ beside: relay });
});
afterAll(async () => {
  await other.stop();
  await relay.stop();
});

let round = 0;
beforeEach(async () => {
  round += 1;
  alice = await Correspondent.arrives(relay, `alice${round}`);
  phone = await Correspondent.arrives(relay, `bob${round}`);
  laptop = await phone.addsAnother();
});
afterEach(() => Promise.all([alice, phone, laptop].map((person) => person.goesAway())));

const bobs = () => alice.devicesOf(phone.id);
const numbers = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, n) => first + n);
const mismatchIn = ({ errors }: { errors?: { extensions: object }[] }) => errors?.[0]?.extensions;

describe('a mailbox', () => {
  it('keeps what comes while its device is away, in order, and brings the rest live', async () => {
    for (const words of ['one', 'two', 'three'])
      expect(await alice.delivers(phone, words)).toEqual({ accepted: 2, duplicate: false });
    const mail = phone.followsMailbox();
    const [first] = await mail.take(1);
    expect(first).toMatchObject({ position: 1 });
    expect(Date.parse(first!.expiresAt) - Date.parse(first!.createdAt)).toBe(30 * 24 * 3_600_000);
    expect(await mail.reads(2)).toEqual(['two', 'three']);

    await alice.delivers(phone, 'four');
    expect(await mail.reads(1)).toEqual(['four']);
    const there = await laptop.mailbox();
    expect(there).toMatchObject({ caughtUp: true, recovered: true });
    expect(there.envelopes.map(({ position }) => position)).toEqual([1, 2, 3, 4]);
    expect(new Set([first!.id, ...there.envelopes.map(({ id }) => id)]).size).toBe(5);
  });

  it('tells at once where an empty one stands', async () => {
    const page = await phone.followsMailbox().page();
    expect(page).toMatchObject({ envelopes: [], caughtUp: true, recovered: true });
    expect(await phone.mailbox(page.cursor)).toEqual(page);
    expect(await phone.acknowledges(page.cursor)).toBe(0);
  });

  it('lets its device go away and miss nothing, on whatever process', async () => {
    const before = await phone.followsMailbox().caughtUp();
    await alice.delivers(phone, 'one');
    expect(await before.reads(1)).toEqual(['one']);
    await phone.goesAway();
    for (const words of ['two', 'three']) await alice.delivers(phone, words);

    const elsewhere = phone.movesTo(other);
    const after = elsewhere.followsMailbox(before.cursor);
    expect(await after.reads(2)).toEqual(['two', 'three']);
    // No bell rings between these processes: the poll finds it.
    await alice.delivers(phone, 'four');
    expect(await after.reads(1)).toEqual(['four']);
    await elsewhere.goesAway();
  });

  it('holds nothing but what was not acknowledged', async () => {
    for (const words of ['one', 'two', 'three', 'four']) await alice.delivers(phone, words);
    const page = await phone.mailbox(undefined, 3);
    expect(page).toMatchObject({ caughtUp: false, recovered: true });
    const [tab, otherTab] = [phone.followsMailbox(), phone.followsMailbox(page.cursor)];
    expect(await tab.reads(4)).toEqual(await otherTab.reads(1).then((last) => ['one', 'two', 'three', ...last]));

    expect(await Promise.all([phone.acknowledges(page.cursor), phone.acknowledges(page.cursor)])).toContain(3);
    expect(await phone.acknowledges(page.cursor)).toBe(0);
    expect(wordsIn((await phone.mailbox()).envelopes)).toEqual(['four']);
    expect(await phone.acknowledges(tab.cursor)).toBe(1);
    // An acknowledgement that comes late takes nothing back.
    expect(await phone.acknowledges(page.cursor)).toBe(0);
    expect(await phone.mailbox()).toMatchObject({ envelopes: [], cursor: tab.cursor, recovered: true });
    expect((await laptop.mailbox()).envelopes).toHaveLength(4);
    expect(await relay.rows('SELECT bytes FROM mailboxes WHERE device_id = $1', [phone.deviceId])).toEqual([
      { bytes: 0 },
    ]);
  });

  it('replays one that is longer than a page and goes live without a gap', async () => {
    const devices = await bobs();
    const deliver = (words: string) => alice.triesToDeliver(phone.id, toEach(devices, words)).then(granted);
    await Promise.all(numbers(1, 150).map((n) => deliver(`${n}`)));
    const mail = phone.movesTo(other).followsMailbox();
    const [busy, seen] = await Promise.all([
      Promise.all(numbers(1, 60).map((n) => deliver(`live ${n}`))),
      mail.take(210),
    ]);
    expect(busy).toHaveLength(60);
    expect(seen.map(({ position }) => position)).toEqual(numbers(1, 210));
    expect(new Set(wordsIn(seen)).size).toBe(210);
    mail.stop();
  });

  it('is nobody’s without a device, and no other device’s', async () => {
    const { tokens } = phone;
    const nowhere = new Correspondent(relay, await login(relay, tokens.account.username));
    const asked = [
      await nowhere.tries('{ mailbox { cursor } }'),
      await nowhere.tries('mutation { acknowledgeMailbox(upTo: "A") }'),
    ];
    expect(asked.map(refusal)).toEqual(Array(2).fill('FORBIDDEN/DEVICE_REQUIRED'));
    expect(await nowhere.followsMailbox().over()).toMatchObject([{ extensions: { reason: 'DEVICE_REQUIRED' } }]);
    await nowhere.goesAway();

    await alice.delivers(phone, 'one');
    const { cursor } = await phone.mailbox();
    const query = 'query ($after: Cursor) { mailbox(after: $after) { cursor } }';
    expect(refusal(await laptop.tries(query, { after: cursor }))).toBe('BAD_USER_INPUT/BAD_CURSOR');
  });
});

describe('a delivery', () => {
  it('is for exactly the devices of the recipient, or not made', async () => {
    const devices = await bobs();
    const envelopes = toEach(devices, 'hello');
    const stored = await everythingIn(relay);
    const wrong = {
      missing: [envelopes.slice(1), { missing: [devices[0]!.id], extra: [], stale: [] }],
      extra: [
        [...envelopes, { ...envelopes[0]!, deviceId: alice.deviceId }],
        { missing: [], extra: [alice.deviceId], stale: [] },
      ],
      stale: [
        envelopes.map((envelope, index) => (index ? { ...envelope, registrationId: 16_383 } : envelope)),
        { missing: [], extra: [], stale: [devices[1]!.id] },
      ],
      none: [[], { missing: devices.map(({ id }) => id), extra: [], stale: [] }],
    } as const;
    for (const [wrongEnvelopes, told] of Object.values(wrong)) {
      for (const ephemeral of [false, true]) {
        const answer = await alice.triesToDeliver(phone.id, [...wrongEnvelopes], { ephemeral });
        expect(mismatchIn(answer)).toEqual({ code: 'CONFLICT', reason: 'DEVICE_MISMATCH', ...told });
      }
    }
    expect(refusal(await alice.triesToDeliver(randomUUID(), envelopes))).toBe('NOT_FOUND');
    expect(refusal(await alice.triesToDeliver(randomUUID(), envelopes, { ephemeral: true }))).toBe('NOT_FOUND');
    expect(await everythingIn(relay)).toEqual(stored);
    expect(granted(await alice.triesToDeliver(phone.id, envelopes)).deliver.accepted).toBe(2);
  });

  it('to oneself is for all other devices', async () => {
    const mine = await phone.ownDevices();
    const answer = await phone.triesToDeliver(phone.id, toEach(mine, 'read elsewhere'));
    expect(mismatchIn(answer)).toMatchObject({ missing: [], extra: [phone.deviceId], stale: [] });
    expect(await phone.delivers(phone, 'read elsewhere')).toEqual({ accepted: 1, duplicate: false });
    expect(wordsIn((await laptop.mailbox()).envelopes)).toEqual(['read elsewhere']);
    expect((await phone.mailbox()).envelopes).toEqual([]);
    // Alice has no other device: there is nobody to tell.
    expect(await alice.delivers(alice, 'nothing')).toEqual({ accepted: 0, duplicate: false });
  });

  it('is made once, however often it is repeated, acknowledged or not', async () => {
    const clientMessageId = randomUUID();
    const envelopes = toEach(await bobs(), 'once');
    const deliver = (from = alice) =>
      from.triesToDeliver(phone.id, envelopes, { clientMessageId }).then((answer) => granted(answer).deliver);
    const atOnce = await Promise.all([alice, alice.movesTo(other), alice, alice.movesTo(other)].map(deliver));
    expect(atOnce.filter(({ duplicate }) => !duplicate)).toEqual([{ accepted: 2, duplicate: false }]);
    const { envelopes: arrived, cursor } = await phone.mailbox();
    expect(wordsIn(arrived)).toEqual(['once']);

    await phone.acknowledges(cursor);
    envelopes.reverse();
    expect(await deliver()).toEqual({ accepted: 2, duplicate: true });
    const otherWords = { clientMessageId, envelopes: toEach(await bobs(), 'other') };
    expect(refusal(await alice.triesToDeliver(phone.id, [], otherWords))).toBe('CONFLICT/IDEMPOTENCY_KEY_REUSED');
    // The answer may have been lost before the recipient had another device: the delivery was made all the same.
    await phone.addsAnother();
    expect(await deliver()).toEqual({ accepted: 2, duplicate: true });
    expect((await phone.mailbox()).envelopes).toEqual([]);
    // Another sender's key is another key, and so is another recipient's.
    expect(await laptop.delivers(phone, 'mine', { clientMessageId })).toMatchObject({ duplicate: false });
    expect(await alice.delivers(alice, 'elsewhere', { clientMessageId })).toMatchObject({ duplicate: false });
  });

  it('is not remembered for longer than 30 days', async () => {
    const clientMessageId = randomUUID();
    const envelopes = toEach(await bobs(), 'once');
    const deliver = async () =>
      granted(await alice.triesToDeliver(phone.id, envelopes, { clientMessageId })).deliver.duplicate;
    const keys = relay.app.get(Pools).mailbox;
    const ahead = (days: number) => new Date(relay.clock.now().getTime() + days * 24 * 3_600_000);
    await deliver();
    const known = await countForgettableMailboxRetryKeys(keys, ahead(60));
    expect(await countForgettableMailboxRetryKeys(keys, ahead(30))).toBe(0);
    expect(await forgetMailboxRetryKeys(keys, ahead(30), 1_000)).toBe(0);
    expect(await deliver()).toBe(true);
    expect(await forgetMailboxRetryKeys(keys, ahead(31), 1)).toBe(1);
    expect(await forgetMailboxRetryKeys(keys, ahead(31), 1_000)).toBe(known - 1);
    expect(await deliver()).toBe(false);
  });

  it('stores nothing that names the sender', async () => {
    const clientMessageId = randomUUID();
    await alice.delivers(phone, 'hello', { clientMessageId });
    const tables = ['mailboxes', 'mailbox_entries', 'mailbox_retry_keys'];
    const stored = await Promise.all(
      tables.map((name) => relay.rows<{ row: string }>(`SELECT t::text AS row FROM ${name} t`)),
    );
    const text = JSON.stringify(stored).replaceAll('-', '');
    expect(text).toContain(phone.deviceId.replaceAll('-', ''));
    for (const trace of [alice.id, alice.deviceId, alice.tokens.account.username, phone.id, clientMessageId])
      expect(text).not.toContain(trace.replaceAll('-', ''));
  });

  it('is slowed down for who sends too many to one account', async () => {
    const strict = await startRelay({
      beside: relay,
      env: { LETHE_LIMIT_SCALE: '1', LETHE_REQUEST_DEADLINE_MS: '20000' },
    });
    const hasty = alice.movesTo(strict);
    const envelopes = toEach(await bobs(), 'flood');
    const answers = [];
    for (let n = 0; n < 70; n++) {
      const { data, errors } = await hasty.triesToDeliver(phone.id, envelopes);
      answers.push(errors ? errors[0]!.extensions.code : data.deliver.accepted);
      if (answers.at(-1) === 'RATE_LIMITED') break;
    }
    expect(answers.at(-1)).toBe('RATE_LIMITED');
    await strict.stop();
  });
});

describe('deliveries at the same moment', () => {
  it('to each other and to the same devices get in nobody’s way, and number one queue', async () => {
    const mine = await phone.devicesOf(alice.id);
    const theirs = await bobs();
    const both = [alice, alice.movesTo(other)];
    const back = [phone, laptop.movesTo(other)];
    const answers = await Promise.all(
      numbers(1, 80).flatMap((n) => [
        both[n % 2]!.triesToDeliver(phone.id, toEach(theirs, `to ${n}`)),
        both[n % 2]!.triesToDeliver(phone.id, toEach(theirs, `reversed ${n}`).reverse()),
        back[n % 2]!.triesToDeliver(alice.id, toEach(mine, `back ${n}`)),
      ]),
    );
    expect(answers.filter(({ errors }) => errors)).toEqual([]);
    const orders = [];
    for (const device of [phone, laptop]) {
      const mail = await device.followsMailbox().take(160);
      expect(mail.map(({ position }) => position)).toEqual(numbers(1, 160));
      orders.push(wordsIn(mail));
    }
    // All or nothing, under the locks of both: so both devices have the same order.
    expect(orders[0]).toEqual(orders[1]);
    expect((await alice.followsMailbox().take(80)).at(-1)).toMatchObject({ position: 80 });
  });

  it('as a device comes or goes are exact', async () => {
    const delivering: Promise<void>[] = [];
    let stop = false;
    let [made, refused] = [0, 0];
    const hammer = async (from: Correspondent) => {
      for (let devices = await bobs(); !stop; devices = await bobs()) {
        const answer = await from.triesToDeliver(phone.id, toEach(devices, 'hammer'));
        if (!answer.errors) made += 1;
        else expect(refusal(answer)).toBe('CONFLICT/DEVICE_MISMATCH');
        refused += answer.errors ? 1 : 0;
      }
    };
    for (const from of [alice, alice.movesTo(other), alice]) delivering.push(hammer(from));
    for (let n = 0; n < 5; n++) {
      const tablet = await phone.addsAnother();
      const already = made;
      await within(5_000, () => made > already + 3);
      expect((await tablet.mailbox()).envelopes.length).toBeGreaterThan(0);
      await phone.deactivates(tablet.deviceId);
      expect(await relay.rows('SELECT FROM mailboxes WHERE device_id = $1', [tablet.deviceId])).toEqual([]);
    }
    stop = true;
    await Promise.all(delivering);
    expect(refused).toBeGreaterThan(0);
    const active = (await bobs()).map(({ id }) => id).sort();
    const queues = await relay.rows<{ id: string }>(
      'SELECT device_id AS id FROM mailboxes JOIN devices d ON d.id = device_id WHERE account_id = $1 ORDER BY 1',
      [phone.id],
    );
    expect(queues.map(({ id }) => id)).toEqual(active);
    const counts = await relay.rows<{ last_position: number }>(
      'SELECT DISTINCT last_position FROM mailboxes WHERE device_id = ANY ($1)',
      [active],
    );
    expect(counts).toEqual([{ last_position: made }]);
  });

  it.each([true, false])('wait for a deactivation that is going on, whether there is a queue: %s', async (hasQueue) => {
    const devices = await bobs();
    if (hasQueue) await alice.delivers(phone, 'before');
    let delivering: ReturnType<Correspondent['triesToDeliver']> | undefined;
    const waiting = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
    // Step by step what `deactivateDevice` does.
    await relay.app.get(DataSource).transaction(async (manager) => {
      await manager.query('SELECT FROM devices WHERE id = $1 FOR UPDATE', [laptop.deviceId]);
      await manager.query('UPDATE devices SET active = false WHERE id = $1', [laptop.deviceId]);
      await manager.query('DELETE FROM mailboxes WHERE device_id = $1', [laptop.deviceId]);
      delivering = alice.triesToDeliver(phone.id, toEach(devices, 'meanwhile'));
      await within(2_000, async () => (await relay.rows(waiting)).length === 1);
    });
    expect(mismatchIn(await delivering!)).toMatchObject({ missing: [], extra: [laptop.deviceId], stale: [] });
    expect(wordsIn((await phone.mailbox()).envelopes)).toEqual(hasQueue ? ['before'] : []);
    expect(await relay.rows('SELECT FROM mailboxes WHERE device_id = $1', [laptop.deviceId])).toEqual([]);
  });
});

describe('a device that is put out of use', () => {
  it('receives nothing from that moment, and its queue goes', async () => {
    const mail = await laptop.followsMailbox().caughtUp();
    await alice.delivers(phone, 'for both');
    expect(await mail.reads(1)).toEqual(['for both']);
    await phone.deactivates(laptop.deviceId);
    await alice.delivers(phone, 'for one');
    expect(await mail.over()).toMatchObject({ code: 4401 });
    expect(mail.waiting).toEqual([]);
    expect(await relay.rows('SELECT FROM mailbox_entries WHERE device_id = $1', [laptop.deviceId])).toEqual([]);
    expect((await phone.mailbox()).envelopes).toHaveLength(2);
  });

  it('goes with the account', async () => {
    await alice.delivers(phone, 'hello');
    await phone.asks('mutation ($input: DeleteAccountInput!) { deleteAccount(input: $input) }', {
      input: { password: PASSWORD },
    });
    const envelopes = toEach([{ id: phone.deviceId, registrationId: 1 }], 'too late');
    expect(refusal(await alice.triesToDeliver(phone.id, envelopes))).toBe('NOT_FOUND');
    for (const table of ['mailboxes', 'mailbox_entries'])
      expect(
        await relay.rows(`SELECT FROM ${table} WHERE device_id = ANY ($1)`, [[phone.deviceId, laptop.deviceId]]),
      ).toEqual([]);
  });
});

describe('a large body', () => {
  const envelopeForAlice = async () => toEach(await phone.devicesOf(alice.id), '')[0]!;
  const nextOf = (socket: RawSocket) => socket.next('next').catch(() => undefined);

  it('comes on pages of about a mebibyte', async () => {
    const envelope = { ...(await envelopeForAlice()), sealedBody: sealed('large', 65_536) };
    for (let n = 0; n < 20; n++) granted(await phone.triesToDeliver(alice.id, [envelope]));
    const { envelopes, caughtUp } = await alice.mailbox();
    expect([envelopes.length, caughtUp]).toEqual([16, false]);
    expect(await alice.followsMailbox().take(20)).toHaveLength(20);
  });

  it('waits for a slow device a page at a time, and for the others not at all', async () => {
    const envelope = { ...(await envelopeForAlice()), sealedBody: sealed('large', 65_536) };
    const slow = await RawSocket.as(relay, alice.token);
    slow.subscribe('mail', 'subscription { mailbox { cursor envelopes { position sealedBody } } }');
    const positions: number[] = [];
    let cursor: string | undefined;
    const take = ({ payload }: Message) => {
      const page = payload?.data?.mailbox as MailPage;
      cursor = page.cursor;
      positions.push(...page.envelopes.map(({ position }) => position));
    };
    take(await slow.next('next'));
    slow.webSocket.pause();
    const fast = await alice.followsMailbox().caughtUp();
    for (let round = 0; round < 10; round++)
      await Promise.all(numbers(1, 20).map(() => phone.triesToDeliver(alice.id, [envelope])));
    expect(await fast.take(200)).toHaveLength(200);

    const sockets = relay.app.get(SocketServer);
    await within(5_000, () => sockets.bytesWaiting() > 0);
    expect(sockets.bytesWaiting()).toBeLessThan(2 * 1_048_576 * (4 / 3));
    await within(3_000, () => sockets.socketsBehind() === 1);
    relay.clock.advance({ seconds: 61 });
    await within(3_000, () => sockets.socketsBehind() === 0);
    slow.webSocket.resume();
    expect((await slow.closed).code).toBe(4008);
    for (let more = await nextOf(slow); more; more = await nextOf(slow)) take(more);
    const rest = await alice.followsMailbox(cursor).take(200 - positions.length);
    expect([...positions, ...rest.map(({ position }) => position)]).toEqual(numbers(1, 200));
  });
});

describe('an account that is deleted while somebody delivers', () => {
  it('keeps nobody waiting in a circle', async () => {
    await alice.delivers(phone, 'makes the mailboxes');
    const devices = (await bobs()).toSorted((one, other) => (one.id < other.id ? -1 : 1));
    // Devices are found by the account in the order of their rows: now the other way round than by their ids.
    await relay.rows("UPDATE devices SET identity_key = identity_key || '\\x00' WHERE id = $1", [devices[0]!.id]);
    const firstMailbox = 'SELECT FROM mailboxes WHERE device_id = $1 FOR UPDATE';
    const holder = await LockHolder.locks(relay, firstMailbox, [devices[0]!.id]);
    const delivering = alice.triesToDeliver(phone.id, toEach(devices, 'the last'));
    await holder.queue(1);
    const deleting = phone.tries<{ deleteAccount: boolean }>(
      'mutation ($input: DeleteAccountInput!) { deleteAccount(input: $input) }',
      { input: { password: PASSWORD } },
    );
    await holder.queue(2);
    await holder.lets();
    expect(granted(await delivering).deliver).toEqual({ accepted: 2, duplicate: false });
    expect(granted(await deleting).deleteAccount).toBe(true);
    expect(await relay.rows('SELECT FROM mailboxes WHERE device_id = ANY ($1)', [devices.map(({ id }) => id)])).toEqual(
      [],
    );
  });
});

import { Pools } from '../../src/database/pools.js';
import { countExpiredEnvelopes, expireMailbox } from '../../src/mailbox/losing.queries.js';
import { Correspondent, toEach, wordsIn } from '../harness/mail.js';
import { startRelay, type TestRelay } from '../harness/relay.js';

let relay: TestRelay;
let alice: Correspondent;
let bob: Correspondent;

beforeAll(async () => {
  relay = await startRelay();
  alice = await Correspondent.arrives(relay, 'alice');
});
afterAll(async () => {
  await Promise.all([alice, bob].map((person) => person.goesAway()));
  await relay.stop();
});

let round = 0;
beforeEach(async () => {
  bob = await Correspondent.arrives(relay, `bob${++round}`);
});

/** As if so many had been delivered, of so many bytes each. */
async function hasBeenDelivered(count: number, bytes: number): Promise<void> {
  await alice.delivers(bob, 'the first');
  await relay.rows('DELETE FROM mailbox_entries WHERE device_id = $1', [bob.deviceId]);
  await relay.rows(
    `INSERT INTO mailbox_entries SELECT $1, n, decode(repeat('ff', $3), 'hex'), $4 FROM generate_series(1, $2::int) n`,
    [bob.deviceId, count, bytes, relay.clock.now()],
  );
  await relay.rows('UPDATE mailboxes SET last_position = $2, bytes = $3 WHERE device_id = $1', [
    bob.deviceId,
    count,
    count * bytes,
  ]);
}

const delivers = async (count: number, bytes = 256) => {
  const devices = await alice.devicesOf(bob.id);
  for (let n = 1; n <= count; n++) await alice.triesToDeliver(bob.id, toEach(devices, `new ${n}`, bytes));
};

/** The first position in the mailbox, and how much is in it, as PostgreSQL has it. */
const held = async () => {
  const [row] = await relay.rows<{ first: number; count: number; bytes: number; told: number }>(
    `SELECT min(position) AS first, count(*)::int AS count, sum(octet_length(sealed_body))::int AS bytes,
       (SELECT bytes FROM mailboxes WHERE device_id = $1) AS told
     FROM mailbox_entries WHERE device_id = $1`,
    [bob.deviceId],
  );
  return row!;
};

describe('a mailbox that nobody empties', () => {
  it('keeps the newest 10,000 envelopes, and says that the oldest are gone', async () => {
    await hasBeenDelivered(9_995, 256);
    const { cursor: early } = await bob.mailbox(undefined, 3);
    const { cursor: level } = await bob.mailbox(undefined, 5);
    await delivers(5);
    expect(await bob.mailbox(early, 1)).toMatchObject({ recovered: true });

    await delivers(5);
    expect(await held()).toEqual({ first: 6, count: 10_000, bytes: 2_560_000, told: 2_560_000 });
    for (const after of [undefined, early]) {
      const page = await bob.mailbox(after, 1);
      expect(page).toMatchObject({ recovered: false, caughtUp: false });
      expect(page.envelopes.map(({ position }) => position)).toEqual([6]);
      // It is said of what was before this page.
      expect(await bob.mailbox(page.cursor, 1)).toMatchObject({ recovered: true });
    }
    expect(await bob.mailbox(level, 1)).toMatchObject({ recovered: true });
    expect(await bob.followsMailbox(early).page()).toMatchObject({ recovered: false });

    const { cursor } = await bob.mailbox(undefined, 1);
    expect(await bob.acknowledges(cursor)).toBe(1);
    expect(await bob.mailbox(undefined, 1)).toMatchObject({ recovered: true });
    // A tab that was further behind is told, whatever another one acknowledged.
    expect(await bob.mailbox(early, 1)).toMatchObject({ recovered: false });
  });

  it('keeps the newest 64 MiB', async () => {
    await hasBeenDelivered(1_023, 65_536);
    await delivers(1, 65_536);
    expect(await held()).toMatchObject({ first: 1, count: 1_024, bytes: 67_108_864, told: 67_108_864 });
    await delivers(1, 256);
    expect(await held()).toMatchObject({ first: 2, count: 1_024, bytes: 67_043_584, told: 67_043_584 });
    await delivers(2, 32_768);
    expect(await held()).toMatchObject({ first: 3, count: 1_025, bytes: 67_043_584, told: 67_043_584 });
    expect((await bob.mailbox()).recovered).toBe(false);

    // However much is in it, it goes with its device in time.
    const tablet = await bob.addsAnother();
    await tablet.deactivates(bob.deviceId);
    expect((await held()).count).toBe(0);
    bob = tablet;
  });

  it('keeps no envelope for more than 30 days', async () => {
    await delivers(3);
    relay.clock.advance({ days: 29, hours: 23 });
    [alice, bob] = await Promise.all([alice.logsInAgain(), bob.logsInAgain()]);
    await delivers(2);
    expect(wordsIn((await bob.mailbox()).envelopes)).toEqual(['new 1', 'new 2', 'new 3', 'new 1', 'new 2']);
    relay.clock.advance({ hours: 1 });
    [alice, bob] = await Promise.all([alice.logsInAgain(), bob.logsInAgain()]);
    const old = await bob.mailbox(undefined, 2);
    expect(old).toMatchObject({ envelopes: [], recovered: false, caughtUp: false });
    const rest = { caughtUp: true, envelopes: [{ position: 4 }, { position: 5 }] };
    expect(await bob.mailbox()).toMatchObject({ recovered: false, ...rest });
    expect(await bob.followsMailbox().page()).toMatchObject({ recovered: false, ...rest });

    const [database, now] = [relay.app.get(Pools).mailbox, relay.clock.now()];
    const expired = await countExpiredEnvelopes(database, now);
    expect(expired).toBeGreaterThanOrEqual(3);
    expect(await expireMailbox(database, now, 1)).toBe(1);
    expect(await expireMailbox(database, now, 20_000)).toBe(expired - 1);
    expect(await expireMailbox(database, now, 20_000)).toBe(0);
    expect(await held()).toEqual({ first: 4, count: 2, bytes: 512, told: 512 });
    expect(await bob.mailbox()).toMatchObject({ recovered: false, ...rest });
    expect(await bob.mailbox(old.cursor)).toMatchObject({ recovered: false, ...rest });
    expect(await bob.acknowledges((await bob.mailbox()).cursor)).toBe(2);
    expect(await bob.mailbox()).toMatchObject({ envelopes: [], caughtUp: true, recovered: true });
  });
});

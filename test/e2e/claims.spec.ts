import { randomUUID } from 'node:crypto';
import { DataSource } from 'typeorm';
import { SignalDevice } from '../../demo/signal-device.js';
import { Claims } from '../../src/keys/claims.service.js';
import type { KeyBundle } from '../../src/keys/key-bundle.type.js';
import { BUNDLE, type Bundle, DeviceOwner } from '../harness/device-owner.js';
import { everythingIn } from '../harness/everything.js';
import { granted, refusal } from '../harness/graphql-client.js';
import { KeyRing } from '../harness/key-ring.js';
import { startRelay, type TestRelay } from '../harness/relay.js';
import { within } from '../harness/within.js';

let relay: TestRelay;
/** The same deployment with the limits as they are; the other process has them a thousandfold. */
let strict: TestRelay;
let alice: DeviceOwner;
let bob: DeviceOwner;
const aliceKeys = KeyRing.signal();

beforeAll(async () => {
  relay = await startRelay();
  strict = await startRelay({ beside: relay, env: { LETHE_LIMIT_SCALE: '1' } });
  alice = await DeviceOwner.registers(relay, 'alice', aliceKeys.newDevice({ oneTime: 100, kem: 40 }));
  bob = await DeviceOwner.registers(relay, 'bob', KeyRing.ed25519().newDevice());
});

afterAll(async () => {
  await strict.stop();
  await relay.stop();
});

/** Somebody with an account of their own, as far as claims can tell. */
const someone = () => ({
  accountId: randomUUID(),
  sessionId: randomUUID(),
  deviceId: undefined,
  expiresAt: new Date(),
});

const claimAt = (at: TestRelay, deviceId: string, viewer = someone()) =>
  at.app.get(Claims).claim(viewer, alice.id, [deviceId]);

const oneTimeIds = (bundles: { oneTimePreKey?: { keyId: number } | null }[]) =>
  bundles.flatMap(({ oneTimePreKey }) => oneTimePreKey?.keyId ?? []);

const kemIds = (bundles: { kemPreKey?: { keyId: number } | null }[]) =>
  bundles.flatMap(({ kemPreKey }) => kemPreKey?.keyId ?? []);

const numbers = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, n) => first + n);

const sorted = (list: number[]) => list.toSorted((one, other) => one - other);

describe('a bundle', () => {
  it('is what a libsignal client can write a first message with', async () => {
    const [bundle] = await bob.claims(alice.id);
    expect(bundle).toMatchObject({ deviceId: alice.deviceId, profile: 'SIGNAL', identityKey: aliceKeys.identityKey });
    const device = new SignalDevice();
    device.id = bob.deviceId;
    const badlySigned = { ...bundle!, kemPreKey: bundle!.kemPreKey!, signedPreKey: aliceBadlySigned(bundle!) };
    await expect(device.meets(badlySigned)).rejects.toThrow();
    await device.meets({ ...badlySigned, signedPreKey: bundle!.signedPreKey });
    const message = await device.seals('hello', alice.deviceId);
    // With what the first one carries of the key agreement: Kyber’s ciphertext alone has 1,568 bytes.
    expect(Buffer.from(message, 'base64')).toHaveLength(2_048);
  });

  const aliceBadlySigned = ({ signedPreKey, kemPreKey }: Bundle) => ({
    ...signedPreKey,
    signature: kemPreKey!.signature,
  });

  it('comes for every active device of the user, or for those that are named', async () => {
    const tablet = await alice.addsDevice(KeyRing.ed25519().newDevice());
    const both = [alice.deviceId, tablet.deviceId];
    const deviceIds = (bundles: Bundle[]) => bundles.map(({ deviceId }) => deviceId);
    expect(deviceIds(await bob.claims(alice.id))).toEqual(both);
    expect(deviceIds(await bob.claims(alice.id, [tablet.deviceId, tablet.deviceId]))).toEqual([tablet.deviceId]);
    expect(deviceIds(await bob.claims(alice.id, [tablet.deviceId.toUpperCase()]))).toEqual([tablet.deviceId]);
    expect(await bob.claims(alice.id, [])).toEqual([]);
    expect(deviceIds(await alice.claims(alice.id))).toEqual(both);
    await alice.deactivates(tablet.deviceId);
    expect(deviceIds(await bob.claims(alice.id))).toEqual([alice.deviceId]);
  });

  it('is NOT_FOUND for whoever is not there, and takes no key then', async () => {
    const before = await everythingIn(relay);
    const answers = [
      await bob.triesToClaim(randomUUID()),
      await bob.triesToClaim(alice.deviceId),
      await bob.triesToClaim(alice.id, [alice.deviceId, randomUUID()]),
      await bob.triesToClaim(alice.id, [alice.deviceId, bob.deviceId]),
    ];
    expect(answers.map(refusal)).toEqual(Array(4).fill('NOT_FOUND'));
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    const tooMany = Array.from({ length: 11 }, () => randomUUID());
    expect(refusal(await bob.triesToClaim(alice.id, tooMany))).toBe('BAD_USER_INPUT/INVALID_VALUE');
    expect(refusal(await bob.triesToClaim(alice.id, ['device']))).toBe('BAD_USER_INPUT/BAD_ID');
    expect(await everythingIn(relay)).toEqual(before);
  });
});

describe('a one-time key', () => {
  it('is handed out once, to however many come at once; then there is the last-resort key', async () => {
    const keys = KeyRing.ed25519();
    const phone = await alice.addsDevice(keys.newDevice({ oneTime: 100, kem: 60 }));
    const bundles = (
      await Promise.all([
        ...Array.from({ length: 100 }, () => bob.claims(alice.id, [phone.deviceId])),
        ...Array.from({ length: 1000 }, () => claimAt(relay, phone.deviceId)),
      ])
    ).flat();

    expect(bundles).toHaveLength(1100);
    expect(sorted(oneTimeIds(bundles))).toEqual(numbers(1, 100));
    const kem = sorted(kemIds(bundles));
    expect(kem).toHaveLength(1100);
    expect(kem.slice(0, 61)).toEqual([...numbers(1, 60), 1000]);
    expect(await phone.stock()).toMatchObject({
      oneTimePreKeys: 0,
      kemPreKeys: 0,
      lastResortUsed: true,
      state: 'EMPTY',
    });
    const renewed = await phone.uploads({ lastResortKemPreKey: keys.kemPreKey(1001) });
    expect(renewed).toMatchObject({ lastResortUsed: false });
    await alice.deactivates(phone.deviceId);
  });

  it('is not served a second time by an upload that is sent again meanwhile', async () => {
    const keys = KeyRing.ed25519();
    const phone = await alice.addsDevice(keys.newDevice({ oneTime: 50, kem: 0 }));
    const upload = { oneTimePreKeys: keys.ecPreKeys(100, 50) };
    const uploads = async () => {
      for (let again = 0; again < 12; again++) await phone.uploads(upload);
    };
    const claims = async () => {
      const taken: Bundle[] = [];
      for (let claim = 0; claim < 30; claim++) taken.push(...(await bob.claims(alice.id, [phone.deviceId])));
      return taken;
    };
    const [, ...taken] = await Promise.all([uploads(), claims(), claims(), claims(), claims()]);
    const handedOut = oneTimeIds(taken.flat());
    expect(handedOut).toHaveLength(100);
    expect(new Set(handedOut).size).toBe(100);
    await alice.deactivates(phone.deviceId);
  });

  it('is handed out before its device is deactivated or not at all', async () => {
    const phone = await alice.addsDevice(KeyRing.ed25519().newDevice());
    const waitingClaims = () =>
      relay.rows(
        `SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'lethe claims'
         AND wait_event_type = 'Lock'`,
      );
    let claim: Promise<KeyBundle[]> | undefined;
    // Step by step what `deactivateDevice` does, with a claim that comes after the first step.
    await relay.app.get(DataSource).transaction(async (manager) => {
      await manager.query('SELECT FROM devices WHERE id = $1 FOR UPDATE', [phone.deviceId]);
      claim = claimAt(relay, phone.deviceId);
      await within(1_500, async () => (await waitingClaims()).length === 1);
      await manager.query('UPDATE devices SET active = false WHERE id = $1', [phone.deviceId]);
      await manager.query('DELETE FROM pre_keys WHERE device_id = $1', [phone.deviceId]);
    });
    expect(await claim).toEqual([]);
  });

  it('is null where the device has no KEM prekey of any sort', async () => {
    const bare = { ...KeyRing.ed25519().newDevice(), lastResortKemPreKey: null, kemPreKeys: null };
    const { registerDevice } = granted(await alice.triesToAddDevice(bare));
    const phone = new DeviceOwner(relay, registerDevice);
    expect(await phone.stock()).toMatchObject({ kemPreKeys: 0, state: 'READY' });
    const [bundle] = await bob.claims(alice.id, [phone.deviceId]);
    expect(bundle).toMatchObject({ oneTimePreKey: { keyId: 1 }, kemPreKey: null });
    await alice.deactivates(phone.deviceId);
  });
});

describe('claims', () => {
  let phone: DeviceOwner;

  beforeEach(async () => {
    phone = await alice.addsDevice(KeyRing.ed25519().newDevice({ oneTime: 100, kem: 100 }));
  });

  afterEach(() => alice.deactivates(phone.deviceId));

  it('are six at once for one device, then one every ten minutes', async () => {
    const impatient = bob.movesTo(strict);
    for (let claim = 0; claim < 6; claim++) await impatient.claims(alice.id, [phone.deviceId]);
    const before = await everythingIn(relay);
    const answer = await impatient.triesToClaim(alice.id, [phone.deviceId]);
    expect(refusal(answer)).toBe('RATE_LIMITED');
    const { retryAfterMs } = answer.errors![0]!.extensions;
    expect(retryAfterMs).toBeGreaterThan(0);
    expect(retryAfterMs).toBeLessThanOrEqual(600_000);
    expect(await everythingIn(relay)).toEqual(before);

    relay.clock.advance({ minutes: 10 });
    await impatient.claims(alice.id, [phone.deviceId]);
    expect(refusal(await impatient.triesToClaim(alice.id, [phone.deviceId]))).toBe('RATE_LIMITED');
    await alice.movesTo(strict).claims(alice.id, [phone.deviceId]);
  });

  it('count one by one, however many stand in a document', async () => {
    alice = await alice.logsInAgain();
    const claims = numbers(1, 7).map((n) => `a${n}: claimKeyBundles(userId: $id, deviceIds: $deviceIds) { ${BUNDLE} }`);
    const { data, errors } = await alice
      .movesTo(strict)
      .tries<Record<string, Bundle[] | null>>(`mutation ($id: ID!, $deviceIds: [ID!]) { ${claims.join('\n')} }`, {
        id: alice.id,
        deviceIds: [phone.deviceId],
      });
    expect(errors!.map(({ path, extensions }) => [path, extensions.code])).toEqual([[['a7'], 'RATE_LIMITED']]);
    expect(data).toBeNull();
    expect(await phone.stock()).toMatchObject({ oneTimePreKeys: 94 });
  });

  it('leave the one-time keys in peace when they come for one device too often, from however many', async () => {
    const bundles: KeyBundle[] = [];
    for (let claim = 0; claim < 70; claim++) bundles.push(...(await claimAt(strict, phone.deviceId)));
    expect(oneTimeIds(bundles.slice(0, 60))).toEqual(numbers(1, 60));
    expect(kemIds(bundles.slice(0, 60))).toEqual(numbers(1, 60));
    expect(oneTimeIds(bundles.slice(60))).toEqual([]);
    expect(kemIds(bundles.slice(60))).toEqual(Array(10).fill(1000));
    relay.clock.advance({ minutes: 2 });
    expect(oneTimeIds(await claimAt(strict, phone.deviceId))).toEqual([61]);
  });

  it('are at most for 200 devices an hour', async () => {
    const collector = someone();
    // As if the account had many more devices than one may have.
    await relay.rows(
      `INSERT INTO devices SELECT (json_populate_record(devices, json_build_object('id', gen_random_uuid()))).*
       FROM devices, generate_series(1, 60) WHERE id = $1`,
      [phone.deviceId],
    );
    const claimAll = () => strict.app.get(Claims).claim(collector, alice.id, undefined);
    for (let claim = 0; claim < 3; claim++) expect((await claimAll()).length).toBeGreaterThan(60);
    await expect(claimAll()).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    await relay.rows('DELETE FROM devices WHERE account_id = $1 AND id NOT IN ($2, $3)', [
      alice.id,
      alice.deviceId,
      phone.deviceId,
    ]);
  });
});

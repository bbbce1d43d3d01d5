import { DeviceOwner } from '../harness/device-owner.js';
import { everythingIn } from '../harness/everything.js';
import { refusal } from '../harness/graphql-client.js';
import { KeyRing } from '../harness/key-ring.js';
import { tryToRegister, whois } from '../harness/people.js';
import { startRelay, type TestRelay } from '../harness/relay.js';
import { within } from '../harness/within.js';

let relay: TestRelay;
let alice: DeviceOwner;
let bob: DeviceOwner;
const aliceKeys = KeyRing.signal();
const bobKeys = KeyRing.ed25519();

beforeAll(async () => {
  relay = await startRelay();
  [alice, bob] = await Promise.all([
    DeviceOwner.registers(relay, 'alice', aliceKeys.newDevice({ oneTime: 60, kem: 30 })),
    DeviceOwner.registers(relay, 'bob', bobKeys.newDevice({ oneTime: 60, kem: 30 })),
  ]);
});

afterAll(() => relay.stop());

describe('a device', () => {
  it('is shown with its keys to its owner and to others', async () => {
    const sealedName = Buffer.alloc(40, 0xff).toString('base64');
    const keys = { ...KeyRing.signal().newDevice(), sealedName };
    const carol = await DeviceOwner.registers(relay, 'carol', keys);
    const shown = {
      id: carol.deviceId,
      accountId: carol.id,
      profile: 'SIGNAL',
      registrationId: keys.registrationId,
      identityKey: keys.identityKey,
      sealedName,
      active: true,
      createdAt: expect.any(String) as string,
    };
    expect(await carol.ownDevices()).toEqual([shown]);
    expect(await bob.devicesOf(carol.id)).toEqual([shown]);
  });

  it('joins others on the account, with a session of its own', async () => {
    const tablet = await alice.addsDevice(KeyRing.ed25519().newDevice());
    expect(tablet.id).toBe(alice.id);
    expect(tablet.deviceId).not.toBe(alice.deviceId);
    expect((await bob.devicesOf(alice.id)).map(({ id }) => id)).toEqual([alice.deviceId, tablet.deviceId]);
    expect(await whois(relay, tablet.token)).toBe('alice');
    expect((await tablet.stock()).oneTimePreKeys).toBe(50);
  });

  it('is one of at most ten, also when many come at once', async () => {
    const dave = await DeviceOwner.registers(relay, 'dave', KeyRing.ed25519().newDevice());
    const answers = await Promise.all(
      Array.from({ length: 12 }, () => dave.triesToAddDevice(KeyRing.ed25519().newDevice())),
    );
    const refusals = answers.filter(({ errors }) => errors).map(refusal);
    expect(refusals).toEqual(Array(3).fill('LIMIT_REACHED/TOO_MANY_DEVICES'));
    const [oldest, next] = await dave.ownDevices();
    expect(await dave.ownDevices()).toHaveLength(10);
    await dave.deactivates(next!.id);
    await dave.addsDevice(KeyRing.ed25519().newDevice());
    expect((await bob.devicesOf(dave.id))[0]).toEqual(oldest);
    expect(await bob.devicesOf(dave.id)).toHaveLength(10);
  });

  it('has an identity key that no other account uses meanwhile', async () => {
    const stolen = { ...KeyRing.signal().newDevice(), identityKey: aliceKeys.identityKey };
    expect(refusal(await bob.triesToAddDevice(stolen))).toBe('BAD_USER_INPUT/BAD_SIGNATURE');
    expect(refusal(await bob.triesToAddDevice(aliceKeys.newDevice()))).toBe('CONFLICT/KEY_REUSED');
    expect(refusal(await tryToRegister(relay, { username: 'erin', device: aliceKeys.newDevice() }))).toBe(
      'CONFLICT/KEY_REUSED',
    );
    const second = await alice.addsDevice(aliceKeys.newDevice());
    await alice.deactivates(second.deviceId);
    expect(refusal(await bob.triesToAddDevice(aliceKeys.newDevice()))).toBe('CONFLICT/KEY_REUSED');
  });

  it('gets the identity key alone when two accounts come with it at once', async () => {
    const shared = KeyRing.ed25519();
    for (let round = 0; round < 5; round++) {
      const answers = await Promise.all([alice, bob].map((owner) => owner.triesToAddDevice(shared.newDevice())));
      const refused = answers.filter(({ errors }) => errors);
      expect(refused.map(refusal)).toEqual(['CONFLICT/KEY_REUSED']);
      const winner = answers.find(({ errors }) => !errors)!.data.registerDevice;
      await new DeviceOwner(relay, winner).deactivates(winner.device!.id);
    }
  });
});

describe('an upload', () => {
  it('adds to the stock and can be sent again', async () => {
    const upload = { oneTimePreKeys: aliceKeys.ecPreKeys(200, 10), kemPreKeys: aliceKeys.kemPreKeys(200, 5) };
    const stock = await alice.uploads(upload);
    expect(stock).toEqual({
      deviceId: alice.deviceId,
      oneTimePreKeys: 70,
      kemPreKeys: 35,
      signedPreKeyAgeDays: 0,
      lastResortUsed: false,
      state: 'READY',
    });
    expect(await alice.uploads(upload)).toEqual(stock);
    expect(await alice.stock()).toEqual(stock);
  });

  it('does not give a stored id to another key', async () => {
    const before = await everythingIn(relay);
    const answer = await alice.triesToUpload({
      oneTimePreKeys: [...aliceKeys.ecPreKeys(300, 3), ...aliceKeys.ecPreKeys(7, 1)],
      kemPreKeys: aliceKeys.kemPreKeys(300, 1),
    });
    expect(refusal(answer)).toBe('CONFLICT/KEY_ID_USED');
    expect(answer.errors![0]!.extensions.fields!.map(({ path }) => path)).toEqual(['input.oneTimePreKeys.3.keyId']);
    expect(await everythingIn(relay)).toEqual(before);
  });

  it('never brings back a key that was handed out, and never another one under its id', async () => {
    const upload = { oneTimePreKeys: bobKeys.ecPreKeys(200, 2), kemPreKeys: bobKeys.kemPreKeys(200, 2) };
    const eve = await DeviceOwner.registers(relay, 'eve', KeyRing.ed25519().newDevice());
    await bob.uploads(upload);
    const before = await bob.stock();
    const claimed: number[] = [];
    for (let taken = 0; taken < before.oneTimePreKeys; taken++) {
      const [bundle] = await eve.claims(bob.id, [bob.deviceId]);
      claimed.push(bundle!.oneTimePreKey!.keyId);
    }
    expect(claimed).toContain(200);
    expect(await bob.uploads(upload)).toMatchObject({ oneTimePreKeys: 0, kemPreKeys: 0 });
    expect(refusal(await bob.triesToUpload({ oneTimePreKeys: bobKeys.ecPreKeys(200, 1) }))).toBe(
      'CONFLICT/KEY_ID_USED',
    );
    expect(refusal(await bob.triesToUpload({ kemPreKeys: bobKeys.kemPreKeys(201, 1) }))).toBe('CONFLICT/KEY_ID_USED');
    await bob.uploads({ oneTimePreKeys: bobKeys.ecPreKeys(300, 60), kemPreKeys: bobKeys.kemPreKeys(300, 30) });
  });

  it('keeps at most 200 of a kind, also when two come at once', async () => {
    const keys = KeyRing.ed25519();
    const tablet = await alice.addsDevice(keys.newDevice({ oneTime: 60 }));
    const answers = await Promise.all(
      [1000, 2000, 3000].map((id) => tablet.triesToUpload({ oneTimePreKeys: keys.ecPreKeys(id, 70) })),
    );
    expect(answers.filter(({ errors }) => errors).map(refusal)).toEqual(['LIMIT_REACHED/TOO_LARGE']);
    expect((await tablet.stock()).oneTimePreKeys).toBe(200);
    await alice.deactivates(tablet.deviceId);
  });

  it('replaces the signed and the last-resort prekey, and does not go back', async () => {
    const first = aliceKeys.signedPreKey(11);
    const second = aliceKeys.signedPreKey(12);
    const lastResort = aliceKeys.kemPreKey(2000);
    const published = async () => (await bob.claims(alice.id, [alice.deviceId]))[0]!.signedPreKey;
    await alice.uploads({ signedPreKey: first, lastResortKemPreKey: lastResort });
    expect(await published()).toEqual(first);
    await alice.uploads({ signedPreKey: second });
    expect(await published()).toEqual(second);
    await alice.uploads({ signedPreKey: first, lastResortKemPreKey: lastResort });
    expect(await published()).toEqual(second);
    for (const signedPreKey of [aliceKeys.signedPreKey(11), aliceKeys.signedPreKey(12)]) {
      expect(refusal(await alice.triesToUpload({ signedPreKey }))).toBe('CONFLICT/KEY_ID_USED');
    }
    expect(refusal(await alice.triesToUpload({ lastResortKemPreKey: aliceKeys.kemPreKey(2000) }))).toBe(
      'CONFLICT/KEY_ID_USED',
    );
  });
});

describe('a deactivated device', () => {
  it('is gone for others, its keys are deleted and its sessions ended', async () => {
    const keys = KeyRing.signal();
    const phone = await bob.addsDevice(keys.newDevice());
    await alice.claims(bob.id, [phone.deviceId]);
    const deactivated = await bob.deactivates(phone.deviceId);

    expect(deactivated).toMatchObject({ id: phone.deviceId, identityKey: keys.identityKey, active: false });
    const deviceIds = (bundles: { deviceId: string }[]) => bundles.map(({ deviceId }) => deviceId);
    expect(deviceIds(await alice.claims(bob.id))).not.toContain(phone.deviceId);
    expect(refusal(await alice.triesToClaim(bob.id, [phone.deviceId]))).toBe('NOT_FOUND');
    expect((await alice.devicesOf(bob.id)).map(({ id }) => id)).not.toContain(phone.deviceId);
    expect(await bob.ownDevices()).toContainEqual(deactivated);
    await within(1_000, async () => (await whois(relay, phone.token)) === 'UNAUTHENTICATED/SESSION_REVOKED');
    expect(refusal(await bob.triesToSeeStock(phone.deviceId))).toBe('NOT_FOUND');
    expect(refusal(await bob.triesToUpload({ oneTimePreKeys: keys.ecPreKeys(500, 1) }, phone.deviceId))).toBe(
      'NOT_FOUND',
    );
    const kept = await relay.rows(
      `SELECT signed_pre_key, last_resort_key,
              (SELECT count(*)::int FROM pre_keys WHERE device_id = $1) AS waiting,
              (SELECT count(*)::int FROM handed_out_pre_keys WHERE device_id = $1) AS handed_out
       FROM devices WHERE id = $1`,
      [phone.deviceId],
    );
    expect(kept).toEqual([{ signed_pre_key: null, last_resort_key: null, waiting: 0, handed_out: 0 }]);
  });

  it('can be deactivated again, which changes nothing', async () => {
    const phone = await bob.addsDevice(KeyRing.ed25519().newDevice());
    const deactivated = await bob.deactivates(phone.deviceId);
    const before = await everythingIn(relay);
    expect(await bob.deactivates(phone.deviceId)).toEqual(deactivated);
    expect(await everythingIn(relay)).toEqual(before);
  });

  it('frees its identity key for another account', async () => {
    const keys = KeyRing.ed25519();
    const phone = await bob.addsDevice(keys.newDevice());
    await bob.deactivates(phone.deviceId);
    const moved = await alice.addsDevice(keys.newDevice());
    await alice.deactivates(moved.deviceId);
  });
});

// Last: the time that passes here ends every session.
describe('as time goes by', () => {
  it('a signed prekey becomes stale after ten days, until another one replaces it', async () => {
    relay.clock.advance({ days: 9, hours: 23 });
    alice = await alice.logsInAgain();
    expect(await alice.stock()).toMatchObject({ signedPreKeyAgeDays: 9, state: 'READY' });
    relay.clock.advance({ hours: 2 });
    alice = await alice.logsInAgain();
    expect(await alice.stock()).toMatchObject({ signedPreKeyAgeDays: 10, state: 'STALE' });
    expect(await alice.uploads({ signedPreKey: aliceKeys.signedPreKey(20) })).toMatchObject({
      signedPreKeyAgeDays: 0,
      state: 'READY',
    });
  });

  it('an id may mean another key 90 days after it was handed out', async () => {
    bob = await bob.logsInAgain();
    const [bundle] = await bob.claims(alice.id, [alice.deviceId]);
    const { keyId } = bundle!.oneTimePreKey!;
    relay.clock.advance({ days: 89 });
    alice = await alice.logsInAgain();
    const other = { oneTimePreKeys: aliceKeys.ecPreKeys(keyId, 1) };
    expect(refusal(await alice.triesToUpload(other))).toBe('CONFLICT/KEY_ID_USED');
    relay.clock.advance({ days: 2 });
    [alice, bob] = await Promise.all([alice.logsInAgain(), bob.logsInAgain()]);
    await alice.uploads(other);
    const [again] = await bob.claims(alice.id, [alice.deviceId]);
    expect(again!.oneTimePreKey).toEqual(other.oneTimePreKeys[0]);
  });
});

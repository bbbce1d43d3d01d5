import { randomUUID } from 'node:crypto';
import { CiphertextMessageType } from '@signalapp/libsignal-client';
import { Claims } from '../../src/keys/claims.service.js';
import { BUNDLE, type Bundle, DeviceOwner } from '../harness/device-owner.js';
import { everythingIn } from '../harness/everything.js';
import { refusal } from '../harness/graphql-client.js';
import { KeyRing } from '../harness/key-ring.js';
import { startRelay, type TestRelay } from '../harness/relay.js';
import { firstMessageTo } from '../harness/signal-session.js';

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

const without = <T>(list: T[], value: T) => list.filter((item) => item !== value);

describe('a bundle', () => {
  it('is what a libsignal client can write a first message with', async () => {
    const [bundle] = await bob.claims(alice.id);
    expect(bundle).toMatchObject({ deviceId: alice.deviceId, profile: 'SIGNAL', identityKey: aliceKeys.identityKey });
    const message = await firstMessageTo(bundle!, 'hello');
    expect(message.type()).toBe(CiphertextMessageType.PreKey);
    await expect(firstMessageTo({ ...bundle!, signedPreKey: aliceBadlySigned(bundle!) }, 'hello')).rejects.toThrow();
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
  it('is handed out once, to however many who come at once, and then there is none', async () => {
    const keys = KeyRing.ed25519();
    const { deviceId, ...phone } = await newPhone(keys, { oneTime: 100, kem: 50 });
    const viaHttp = Array.from({ length: 100 }, () => bob.claims(alice.id, [deviceId]));
    const direct = Array.from({ length: 500 }, () => [claimAt(relay, deviceId), claimAt(strict, deviceId)]);
    const bundles = (await Promise.all([...viaHttp, ...direct.flat()])).flat();

    expect(bundles).toHaveLength(1100);
    const handedOut = oneTimeIds(bundles);
    expect(handedOut.length).toBeGreaterThan(0);
    expect(new Set(handedOut).size).toBe(handedOut.length);
    await phone.owner.stock();
  });
});

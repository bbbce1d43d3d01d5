import { randomUUID } from 'node:crypto';
import { DeviceOwner } from '../harness/device-owner.js';
import { everythingIn } from '../harness/everything.js';
import { type GraphqlAnswer, refusal } from '../harness/graphql-client.js';
import { KeyRing, type NewDevice } from '../harness/key-ring.js';
import { tryToRegister } from '../harness/people.js';
import { startRelay, type TestRelay } from '../harness/relay.js';

let relay: TestRelay;
let bob: DeviceOwner;
let tablet: DeviceOwner | undefined;
let aliceDeviceId: string;
const aliceKeys = KeyRing.signal();
const bobKeys = KeyRing.signal();

beforeAll(async () => {
  relay = await startRelay();
  const alice = await DeviceOwner.registers(relay, 'alice', aliceKeys.newDevice());
  aliceDeviceId = alice.deviceId;
  bob = await DeviceOwner.registers(relay, 'bob', bobKeys.newDevice());
});

afterAll(() => relay.stop());

type Spoil = (keys: NewDevice) => unknown;
const flipped = (bytes: string) => {
  const spoilt = Buffer.from(bytes, 'base64');
  spoilt.writeUInt8(spoilt.readUInt8(1) ^ 1, 1);
  return spoilt.toString('base64');
};
const shorter = (bytes: string) => Buffer.from(bytes, 'base64').subarray(1).toString('base64');
const zeros = (bytes: string) => Buffer.from(bytes, 'base64').fill(0, 1).toString('base64');
const tooLarge = (bytes: string) => Buffer.from(bytes, 'base64').fill(0xff, 100, 200).toString('base64');

const faultsOfAnyUpload: [string, string, string, Spoil][] = [
  [
    'BAD_USER_INPUT/BAD_KEY',
    'signedPreKey.publicKey',
    'a short signed prekey',
    ({ signedPreKey: key }) => (key.publicKey = shorter(key.publicKey)),
  ],
  [
    'BAD_USER_INPUT/BAD_KEY',
    'oneTimePreKeys.3.publicKey',
    'a point of low order',
    ({ oneTimePreKeys: [, , , key] }) => (key!.publicKey = zeros(key!.publicKey)),
  ],
  [
    'BAD_USER_INPUT/BAD_KEY',
    'kemPreKeys.1.publicKey',
    'coefficients above the modulus',
    ({ kemPreKeys: [, key] }) => (key!.publicKey = tooLarge(key!.publicKey)),
  ],
  [
    'BAD_USER_INPUT/BAD_SIGNATURE',
    'signedPreKey.signature',
    'a bad signature',
    ({ signedPreKey: key }) => (key.signature = flipped(key.signature)),
  ],
  [
    'BAD_USER_INPUT/BAD_SIGNATURE',
    'kemPreKeys.0.signature',
    'a bad signature of a KEM prekey',
    ({ kemPreKeys: [key] }) => (key!.signature = flipped(key!.signature)),
  ],
  [
    'BAD_USER_INPUT/BAD_SIGNATURE',
    'lastResortKemPreKey.signature',
    'a bad signature of the last-resort key',
    ({ lastResortKemPreKey: key }) => (key.signature = flipped(key.signature)),
  ],
  [
    'BAD_USER_INPUT/BAD_KEY_ID',
    'oneTimePreKeys.0.keyId',
    'the key id 0',
    ({ oneTimePreKeys: [key] }) => (key!.keyId = 0),
  ],
  [
    'BAD_USER_INPUT/BAD_KEY_ID',
    'kemPreKeys.1.keyId',
    'a key id of 2^24',
    ({ kemPreKeys: [, key] }) => (key!.keyId = 2 ** 24),
  ],
  [
    'BAD_USER_INPUT/BAD_KEY_ID',
    'oneTimePreKeys.1.keyId',
    'a key id twice',
    ({ oneTimePreKeys: [first, key] }) => (key!.keyId = first!.keyId),
  ],
  [
    'LIMIT_REACHED/TOO_LARGE',
    'oneTimePreKeys',
    'more than 100 keys',
    (keys) => (keys.oneTimePreKeys = KeyRing.ed25519().ecPreKeys(1, 101)),
  ],
];

const faultsOfNewDevices: [string, string, string, Spoil][] = [
  [
    'BAD_USER_INPUT/BAD_KEY',
    'identityKey',
    'a short identity key',
    (keys) => (keys.identityKey = shorter(keys.identityKey)),
  ],
  ['BAD_USER_INPUT/TOO_FEW_KEYS', 'oneTimePreKeys', '49 one-time prekeys', (keys) => keys.oneTimePreKeys.pop()],
  [
    'BAD_USER_INPUT/TOO_FEW_KEYS',
    'lastResortKemPreKey',
    'no last-resort key',
    (keys) => Object.assign(keys, { lastResortKemPreKey: null }),
  ],
  [
    'BAD_USER_INPUT/INVALID_VALUE',
    'registrationId',
    'a registration id of 16381',
    (keys) => (keys.registrationId = 16381),
  ],
  [
    'BAD_USER_INPUT/NOT_SEALED',
    'sealedName',
    'a name that reads as text',
    (keys) => (keys.sealedName = Buffer.from('Alice at home and away').toString('base64')),
  ],
  [
    'BAD_USER_INPUT/INVALID_VALUE',
    'sealedName',
    'a name of 257 bytes',
    (keys) => (keys.sealedName = Buffer.alloc(257, 0xff).toString('base64')),
  ],
];

describe('nothing is stored of', () => {
  const keys = KeyRing.signal();
  const madeOnce = keys.newDevice();
  const spoilt = (spoil: Spoil) => {
    const copy = structuredClone(madeOnce);
    spoil(copy);
    return copy;
  };

  async function expectRefusal(why: string, path: string, attempt: () => Promise<GraphqlAnswer<unknown>>) {
    const before = await everythingIn(relay);
    const answer = await attempt();
    expect(refusal(answer)).toBe(why);
    expect(answer.errors![0]!.extensions.fields!.map((field) => field.path)).toEqual([path]);
    expect(await everythingIn(relay)).toEqual(before);
  }

  it.each([...faultsOfAnyUpload, ...faultsOfNewDevices])('a device: %s at %s for %s', async (why, path, _, spoil) => {
    await expectRefusal(why, `input.${path}`, () => bob.triesToAddDevice(spoilt(spoil)));
  });

  it.each([...faultsOfAnyUpload, ...faultsOfNewDevices])('an account: %s at %s for %s', async (why, path, _, spoil) => {
    const register = () => tryToRegister(relay, { username: 'frank', device: spoilt(spoil) });
    await expectRefusal(why, `input.device.${path}`, register);
  });

  it.each(faultsOfAnyUpload)('an upload: %s at %s for %s', async (why, path, _, spoil) => {
    tablet ??= await bob.addsDevice(keys.newDevice());
    const { signedPreKey, lastResortKemPreKey, oneTimePreKeys, kemPreKeys } = spoilt(spoil);
    const upload = { signedPreKey, lastResortKemPreKey, oneTimePreKeys, kemPreKeys };
    await expectRefusal(why, `input.${path}`, () => tablet!.triesToUpload(upload));
  });

  it('the same keys unless they are spoilt', async () => {
    await bob.addsDevice(madeOnce);
  });
});

describe('strangers', () => {
  it('get the same answer for the device of somebody else and for none at all', async () => {
    const before = await everythingIn(relay);
    const answersFor = (deviceId: string) =>
      Promise.all([
        bob.triesToSeeStock(deviceId),
        bob.triesToDeactivate(deviceId),
        bob.triesToUpload({ oneTimePreKeys: bobKeys.ecPreKeys(5000, 1) }, deviceId),
        bob.triesToUpload({ oneTimePreKeys: aliceKeys.ecPreKeys(5000, 1) }, deviceId),
      ]);
    const answers = await answersFor(aliceDeviceId);
    expect(answers.map(refusal)).toEqual(Array(4).fill('NOT_FOUND'));
    expect(await answersFor(randomUUID())).toEqual(answers);
    expect(await everythingIn(relay)).toEqual(before);
  });
});

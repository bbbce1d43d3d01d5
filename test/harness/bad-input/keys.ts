import { KeyRing, type NewDevice } from '../key-ring.js';
import { bad, type BadValue, INVALID, type Operation, TOO_LARGE } from './bad-value.js';
import { badIds, noText, notTheirs, text, zeros } from './values.js';
import type { World } from './world.js';

const BAD_KEY = 'BAD_USER_INPUT/BAD_KEY';
const BAD_KEY_ID = 'BAD_USER_INPUT/BAD_KEY_ID';
const BAD_SIGNATURE = 'BAD_USER_INPUT/BAD_SIGNATURE';
const TOO_FEW_KEYS = 'BAD_USER_INPUT/TOO_FEW_KEYS';

const badKeyIds = (at: string) =>
  bad(at, BAD_KEY_ID, { zero: 0, negative: -1, '2^24': 2 ** 24, '2^31 - 1': 2 ** 31 - 1, '-2^31': -(2 ** 31) });

const badEcKeys = (at: string) =>
  bad(at, BAD_KEY, {
    empty: '',
    short: noText(31),
    long: noText(33),
    'of low order': zeros(32),
    'above the prime': noText(32),
  });

const badKemKeys = (at: string) =>
  bad(at, BAD_KEY, { empty: '', short: zeros(1567), long: zeros(1569), 'above the modulus': noText(1568) });

const badSignatures = (at: string) => [
  ...bad(at, BAD_KEY, { empty: '', short: noText(63), long: noText(65) }),
  ...bad(at, BAD_SIGNATURE, { zeros: zeros(64), ones: noText(64) }),
];

const badKemPreKeys = (at: string) => [
  ...badKeyIds(`${at}.keyId`),
  ...badKemKeys(`${at}.publicKey`),
  ...badSignatures(`${at}.signature`),
  ...bad(`${at}.algorithm`, BAD_KEY, { 'of the other profile': 'KYBER_1024' }),
];

/** Prekeys, wherever they are taken. */
function badPreKeys(
  at: string,
  keys: KeyRing,
  { oneTimePreKeys, kemPreKeys }: Pick<NewDevice, 'oneTimePreKeys' | 'kemPreKeys'>,
): BadValue[] {
  const oneTime = `${at}.oneTimePreKeys`;
  const kem = `${at}.kemPreKeys`;
  return [
    ...badKeyIds(`${at}.signedPreKey.keyId`),
    ...badEcKeys(`${at}.signedPreKey.publicKey`),
    ...badSignatures(`${at}.signedPreKey.signature`),
    ...badKemPreKeys(`${at}.lastResortKemPreKey`),
    ...badKeyIds(`${oneTime}.0.keyId`),
    ...badEcKeys(`${oneTime}.0.publicKey`),
    ...bad(oneTime, BAD_KEY_ID, { 'an id twice': [...oneTimePreKeys, oneTimePreKeys[0]] }, [
      `${oneTime}.${oneTimePreKeys.length}.keyId`,
    ]),
    ...bad(oneTime, TOO_LARGE, { '101 keys': keys.ecPreKeys(1, 101) }, [oneTime]),
    ...bad(oneTime, TOO_LARGE, { '2,001 items': Array(2_001).fill(null) }),
    ...badKemPreKeys(`${kem}.0`),
    ...bad(kem, BAD_KEY_ID, { 'an id twice': [...kemPreKeys, kemPreKeys[0]] }, [`${kem}.${kemPreKeys.length}.keyId`]),
    ...bad(kem, TOO_LARGE, { '101 keys': Array(101).fill({ ...kemPreKeys[0], publicKey: '', signature: '' }) }, [kem]),
  ];
}

/** A device that may be registered. */
export function newDevice(): { device: NewDevice; badAt: (at: string) => BadValue[] } {
  const keys = KeyRing.ed25519();
  const device = { ...keys.newDevice({ kem: 1 }), sealedName: noText(16) };
  const badAt = (at: string): BadValue[] => [
    ...badPreKeys(at, keys, device),
    ...bad(`${at}.registrationId`, INVALID, { zero: 0, negative: -1, '16381': 16381, '2^31 - 1': 2 ** 31 - 1 }),
    ...bad(`${at}.sealedName`, INVALID, { empty: '', short: noText(15), long: noText(257) }),
    ...bad(`${at}.sealedName`, 'BAD_USER_INPUT/NOT_SEALED', { 'plain text': text(32) }),
    ...bad(`${at}.identityKey`, BAD_KEY, {
      empty: '',
      short: noText(31),
      'of small order': zeros(32),
      'not canonical': noText(32),
    }),
    ...bad(`${at}.oneTimePreKeys`, TOO_FEW_KEYS, { none: [], '49 keys': keys.ecPreKeys(1, 49) }),
  ];
  return { device, badAt };
}

export function keyOperations({ alice, aliceKeys, spareDeviceId, bob }: World): Record<string, Operation> {
  const { device, badAt } = newDevice();
  const foreignDevice = { 'a device of somebody else': bob.deviceId };
  const upload = {
    deviceId: alice.deviceId,
    signedPreKey: aliceKeys.signedPreKey(2),
    lastResortKemPreKey: aliceKeys.kemPreKey(2000),
    oneTimePreKeys: aliceKeys.ecPreKeys(100, 2),
    kemPreKeys: aliceKeys.kemPreKeys(100, 2),
  };
  const [stored] = aliceKeys.ecPreKeys(1, 1);
  return {
    'Mutation.registerDevice': {
      good: { input: device },
      bad: badAt('input'),
    },
    'Mutation.uploadPreKeys': {
      good: { input: upload },
      bad: [
        ...badPreKeys('input', aliceKeys, upload),
        ...badIds('input.deviceId'),
        ...notTheirs('input.deviceId', foreignDevice),
        ...bad('input.oneTimePreKeys.0', 'CONFLICT/KEY_ID_USED', { 'an id of another key': stored }, [
          'input.oneTimePreKeys.0.keyId',
        ]),
      ],
    },
    'Mutation.claimKeyBundles': {
      good: { userId: bob.id, deviceIds: [bob.deviceId] },
      bad: [
        ...badIds('userId'),
        ...notTheirs('userId', { 'somebody else than whose device it is': alice.id, 'a device': bob.deviceId }),
        ...badIds('deviceIds.0'),
        ...notTheirs('deviceIds.0', { 'a device of oneself': alice.deviceId }),
        ...bad('deviceIds', INVALID, { '11 devices': Array(11).fill(bob.deviceId) }),
        ...bad('deviceIds', TOO_LARGE, { '2,001 devices': Array(2_001).fill(bob.deviceId) }),
      ],
    },
    'Query.preKeyStock': {
      good: { deviceId: alice.deviceId },
      bad: [...badIds('deviceId'), ...notTheirs('deviceId', foreignDevice)],
    },
    'Mutation.deactivateDevice': {
      good: { id: spareDeviceId },
      bad: [...badIds('id'), ...notTheirs('id', foreignDevice)],
    },
  };
}

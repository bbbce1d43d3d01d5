import { setImmediate as nextTurn } from 'node:timers/promises';
import { isX25519PublicKey } from './curve25519.js';
import { isKem1024PublicKey } from './kem-public-key.js';
import { KemAlgorithm, KeyProfile } from './key-profile.js';
import { ed25519Check, xeddsaCheck, type SignatureCheck } from './xeddsa.js';

interface PublishedPreKey {
  keyId: number;
  publicKey: Buffer;
}

interface PublishedSignedPreKey extends PublishedPreKey {
  /** 64 bytes, by the identity key, over `publicKey` as it was sent. */
  signature: Buffer;
}

interface PublishedKemPreKey extends PublishedSignedPreKey {
  algorithm: KemAlgorithm;
}

/**
 * What a device uploads. Lengths in bytes: identity and EC prekeys 32, KEM prekeys 1,568; under the SIGNAL profile each
 * has a type byte in front (33 and 1,569).
 */
export interface PublishedKeys {
  profile: KeyProfile;
  registrationId?: number;
  identityKey: Buffer;
  signedPreKey?: PublishedSignedPreKey;
  lastResortKemPreKey?: PublishedKemPreKey;
  oneTimePreKeys: PublishedPreKey[];
  kemPreKeys: PublishedKemPreKey[];
}

export interface KeyFault {
  /** Where in the GraphQL input, such as `kemPreKeys.3.publicKey`. */
  path: string;
  reason:
    | 'BAD_KEY'
    | 'BAD_SIGNATURE'
    | 'KEY_ID_OUT_OF_RANGE'
    | 'KEY_ID_TWICE'
    | 'TOO_MANY_KEYS'
    | 'TOO_FEW_KEYS'
    | 'LAST_RESORT_KEY_REQUIRED'
    | 'REGISTRATION_ID_OUT_OF_RANGE';
  message: string;
}

const MOST_KEYS_PER_LIST = 100;
const FEWEST_ONE_TIME_KEYS = 50;
const HIGHEST_KEY_ID = 2 ** 24 - 1;
const HIGHEST_REGISTRATION_ID = 16380;
const SIGNATURE_BYTES = 64;

/** Half of Node's default thread pool: an upload must not stand in front of every password hash and file read. */
const SIGNATURES_AT_A_TIME = 2;

/** Type bytes of libsignal's serialised keys. */
const SIGNAL_CURVE25519 = 0x05;
const SIGNAL_KEM: Record<KemAlgorithm, number> = {
  [KemAlgorithm.KYBER_1024]: 0x08,
  [KemAlgorithm.ML_KEM_1024]: 0x0a,
};

/** How the keys of one profile look. */
interface ProfileRules {
  /** Undefined when the identity key is no good. */
  signatureCheck: (identityKey: Buffer) => SignatureCheck | undefined;
  isEcPreKey: (key: Buffer) => boolean;
  algorithms: KemAlgorithm[];
  isKemPreKey: (key: Buffer, algorithm: KemAlgorithm) => boolean;
  /** For the client's author, who sees it in an error message. */
  expected: { identityKey: string; ecPreKey: string; kemPreKey: string };
}

const RULES: Record<KeyProfile, ProfileRules> = {
  [KeyProfile.ED25519]: {
    signatureCheck: ed25519Check,
    isEcPreKey: isX25519PublicKey,
    algorithms: [KemAlgorithm.ML_KEM_1024],
    isKemPreKey: isKem1024PublicKey,
    expected: {
      identityKey: 'an Ed25519 public key: 32 bytes, canonical, on the curve, not of small order',
      ecPreKey: 'an X25519 public key: 32 bytes, u < 2^255 - 19, not of low order',
      kemPreKey: 'an ML-KEM-1024 public key: 1568 bytes, every coefficient below 3329',
    },
  },
  [KeyProfile.SIGNAL]: {
    signatureCheck: (key) => (hasType(key, SIGNAL_CURVE25519) ? xeddsaCheck(key.subarray(1)) : undefined),
    isEcPreKey: (key) => hasType(key, SIGNAL_CURVE25519) && isX25519PublicKey(key.subarray(1)),
    algorithms: [KemAlgorithm.KYBER_1024, KemAlgorithm.ML_KEM_1024],
    isKemPreKey: (key, algorithm) => hasType(key, SIGNAL_KEM[algorithm]) && isKem1024PublicKey(key.subarray(1)),
    expected: {
      identityKey:
        'the byte 0x05 and a Curve25519 public key: 33 bytes, u < 2^255 - 19, on the curve, not of low order',
      ecPreKey: 'the byte 0x05 and an X25519 public key: 33 bytes, u < 2^255 - 19, not of low order',
      kemPreKey:
        'the type byte of its algorithm (0x08 KYBER_1024, 0x0A ML_KEM_1024) and 1568 bytes, every coefficient below 3329',
    },
  },
};

/** Every fault found, cheapest checks first; signatures are verified only when all keys are well-formed. */
export async function findKeyFaults(keys: PublishedKeys, purpose: 'registering' | 'adding'): Promise<KeyFault[]> {
  const longLists = findLongLists(keys);
  const faults = [...longLists, ...findBadRegistrationId(keys, purpose), ...findMissingKeys(keys, purpose)];
  // A list of any length must not buy work of any length, nor an answer of any length.
  if (longLists.length > 0) return faults;
  faults.push(...findBadKeyIds(keys));
  const malformed = findMalformedPreKeys(keys);
  // The two long steps of this function, a millisecond each: others may run between them.
  await nextTurn();
  const { signatureCheck, expected } = RULES[keys.profile];
  const check = signatureCheck(keys.identityKey);
  if (!check) malformed.push(badKey('identityKey', expected.identityKey));
  if (!check || malformed.length > 0) return [...faults, ...malformed];
  return [...faults, ...(await findBadSignatures(keys, check))];
}

function findLongLists(keys: PublishedKeys): KeyFault[] {
  return (['oneTimePreKeys', 'kemPreKeys'] as const)
    .filter((path) => keys[path].length > MOST_KEYS_PER_LIST)
    .map((path) => ({ path, reason: 'TOO_MANY_KEYS', message: `at most ${MOST_KEYS_PER_LIST} keys at a time` }));
}

function findBadRegistrationId(keys: PublishedKeys, purpose: 'registering' | 'adding'): KeyFault[] {
  const id = keys.registrationId;
  const fits = id === undefined ? purpose === 'adding' : isIntegerWithin(id, 1, HIGHEST_REGISTRATION_ID);
  if (fits) return [];
  const message = `must be between 1 and ${HIGHEST_REGISTRATION_ID}`;
  return [{ path: 'registrationId', reason: 'REGISTRATION_ID_OUT_OF_RANGE', message }];
}

function findMissingKeys(keys: PublishedKeys, purpose: 'registering' | 'adding'): KeyFault[] {
  if (purpose === 'adding') return [];
  const faults: KeyFault[] = [];
  // Without one no signature would show that the device holds its identity key.
  if (!keys.signedPreKey) {
    faults.push({ path: 'signedPreKey', reason: 'TOO_FEW_KEYS', message: 'a new device needs a signed prekey' });
  }
  if (keys.oneTimePreKeys.length < FEWEST_ONE_TIME_KEYS) {
    const message = `a new device needs at least ${FEWEST_ONE_TIME_KEYS} one-time prekeys`;
    faults.push({ path: 'oneTimePreKeys', reason: 'TOO_FEW_KEYS', message });
  }
  if (!keys.lastResortKemPreKey && keys.profile === KeyProfile.SIGNAL) {
    const message = 'a new SIGNAL device needs a last-resort KEM prekey';
    faults.push({ path: 'lastResortKemPreKey', reason: 'LAST_RESORT_KEY_REQUIRED', message });
  }
  return faults;
}

function findBadKeyIds(keys: PublishedKeys): KeyFault[] {
  const outOfRange = [...ecPreKeys(keys), ...kemPreKeys(keys)]
    .filter(({ key }) => !isIntegerWithin(key.keyId, 1, HIGHEST_KEY_ID))
    .map(({ path }): KeyFault => {
      const message = `must be between 1 and ${HIGHEST_KEY_ID}`;
      return { path: `${path}.keyId`, reason: 'KEY_ID_OUT_OF_RANGE', message };
    });
  return [...outOfRange, ...findRepeatedKeyIds(keys, 'oneTimePreKeys'), ...findRepeatedKeyIds(keys, 'kemPreKeys')];
}

function findRepeatedKeyIds(keys: PublishedKeys, list: 'oneTimePreKeys' | 'kemPreKeys'): KeyFault[] {
  const faults: KeyFault[] = [];
  const seen = new Set<number>();
  for (const [index, { keyId }] of keys[list].entries()) {
    const message = `${keyId} stands twice in this list`;
    if (seen.has(keyId)) faults.push({ path: `${list}.${index}.keyId`, reason: 'KEY_ID_TWICE', message });
    seen.add(keyId);
  }
  return faults;
}

function findMalformedPreKeys(keys: PublishedKeys): KeyFault[] {
  const { isEcPreKey, isKemPreKey, algorithms, expected } = RULES[keys.profile];
  const faults: KeyFault[] = [];
  for (const { path, key } of ecPreKeys(keys)) {
    if (!isEcPreKey(key.publicKey)) faults.push(badKey(`${path}.publicKey`, expected.ecPreKey));
  }
  for (const { path, key } of kemPreKeys(keys)) {
    if (!algorithms.includes(key.algorithm)) faults.push(badKey(`${path}.algorithm`, algorithms.join(' or ')));
    else if (!isKemPreKey(key.publicKey, key.algorithm)) faults.push(badKey(`${path}.publicKey`, expected.kemPreKey));
  }
  for (const { path, key } of signedKeys(keys)) {
    if (key.signature.length === SIGNATURE_BYTES) continue;
    faults.push(badKey(`${path}.signature`, `a signature of ${SIGNATURE_BYTES} bytes`));
  }
  return faults;
}

async function findBadSignatures(keys: PublishedKeys, check: SignatureCheck): Promise<KeyFault[]> {
  const signed = signedKeys(keys);
  const good = new Set<string>();
  const waiting = signed.values();
  const verifyTheRest = async () => {
    for (const { path, key } of waiting) {
      if (await check(key.publicKey, key.signature)) good.add(path);
    }
  };
  await Promise.all(Array.from({ length: SIGNATURES_AT_A_TIME }, verifyTheRest));
  return signed
    .filter(({ path }) => !good.has(path))
    .map(({ path }) => {
      const message = 'is not a signature by the identity key over this public key as it was sent';
      return { path: `${path}.signature`, reason: 'BAD_SIGNATURE', message };
    });
}

/** A key and where it stands in the GraphQL input. */
interface Placed<Key> {
  path: string;
  key: Key;
}

function ecPreKeys(keys: PublishedKeys): Placed<PublishedPreKey>[] {
  return [...single('signedPreKey', keys.signedPreKey), ...listed('oneTimePreKeys', keys.oneTimePreKeys)];
}

function kemPreKeys(keys: PublishedKeys): Placed<PublishedKemPreKey>[] {
  return [...single('lastResortKemPreKey', keys.lastResortKemPreKey), ...listed('kemPreKeys', keys.kemPreKeys)];
}

function signedKeys(keys: PublishedKeys): Placed<PublishedSignedPreKey>[] {
  return [...single('signedPreKey', keys.signedPreKey), ...kemPreKeys(keys)];
}

function single<Key>(path: string, key: Key | undefined): Placed<Key>[] {
  return key ? [{ path, key }] : [];
}

function listed<Key>(path: string, keys: Key[]): Placed<Key>[] {
  return keys.map((key, index) => ({ path: `${path}.${index}`, key }));
}

function badKey(path: string, expected: string): KeyFault {
  return { path, reason: 'BAD_KEY', message: `expected ${expected}` };
}

function hasType(key: Buffer, type: number): boolean {
  return key.length > 0 && key.readUInt8(0) === type;
}

function isIntegerWithin(value: number, lowest: number, highest: number): boolean {
  return Number.isInteger(value) && value >= lowest && value <= highest;
}

import { generateKeyPairSync, randomBytes, randomInt, sign, type KeyObject } from 'node:crypto';
import { IdentityKeyPair, KEMKeyPair, PrivateKey } from '@signalapp/libsignal-client';
import { KemAlgorithm, KeyProfile } from './key-profile.js';
import { findKeyFaults, type PublishedKeys } from './key-validation.js';

type FullUpload = Required<PublishedKeys>;
type Spoil = (keys: FullUpload) => void;
type Change = (bytes: Buffer) => Buffer;

const { ED25519, SIGNAL } = KeyProfile;
const { KYBER_1024, ML_KEM_1024 } = KemAlgorithm;
const ZERO = Buffer.alloc(32);
const PRIME = Buffer.from(`ed${'ff'.repeat(30)}7f`, 'hex');
const MINUS_ONE = Buffer.from(`ec${'ff'.repeat(30)}7f`, 'hex');
const NINE = Buffer.from(`09${'00'.repeat(31)}`, 'hex');
/** u = 2 is a point of the twist; y = 2 belongs to no point at all. */
const TWO = Buffer.from(`02${'00'.repeat(31)}`, 'hex');

// Made once: a hundred libsignal keys take a while. Every test works on its own copy.
const uploads: Record<KeyProfile, FullUpload> = { ED25519: ed25519Upload(), SIGNAL: signalUpload() };

describe.each([ED25519, SIGNAL])('findKeyFaults for %s', (profile) => {
  it.each(['registering', 'adding'] as const)('finds none in a full upload when %s', async (purpose) => {
    expect(await findKeyFaults(copyOf(uploads[profile]), purpose)).toEqual([]);
  });

  it('finds none in the fewest keys one may register with, nor in one list added alone', async () => {
    const keys = copyOf(uploads[profile]);
    const { identityKey, registrationId, signedPreKey, lastResortKemPreKey } = keys;
    const oneTimePreKeys = keys.oneTimePreKeys.slice(0, 50);
    const fewest = { profile, identityKey, registrationId, signedPreKey, oneTimePreKeys, kemPreKeys: [] };
    expect(await findKeyFaults({ ...fewest, lastResortKemPreKey }, 'registering')).toEqual([]);
    const { kemPreKeys } = keys;
    expect(await findKeyFaults({ profile, identityKey, oneTimePreKeys: [], kemPreKeys }, 'adding')).toEqual([]);
  });

  it.each<[string, string, Change]>([
    ['identityKey', 'a byte short', shorter],
    ['identityKey', 'empty', nothing],
    ['identityKey', 'not on the curve', withPoint(TWO)],
    ['identityKey', 'of low order', withPoint(ZERO)],
    ['identityKey', 'minus one', withPoint(MINUS_ONE)],
    ['identityKey', 'not canonical', withPoint(PRIME)],
    ['signedPreKey.publicKey', 'not canonical', withPoint(PRIME)],
    ['signedPreKey.signature', 'a byte short', shorter],
    ['oneTimePreKeys.0.publicKey', 'its top bit set', (key) => flipped(key.length - 1, 0x80)(key)],
    ['oneTimePreKeys.1.publicKey', 'a byte long', longer],
    ['oneTimePreKeys.2.publicKey', 'empty', nothing],
    ['oneTimePreKeys.7.publicKey', 'of low order', withPoint(ZERO)],
    ['oneTimePreKeys.99.publicKey', 'minus one', withPoint(MINUS_ONE)],
    ['lastResortKemPreKey.publicKey', 'a byte long', longer],
    ['lastResortKemPreKey.publicKey', 'coefficients of 4095', (key) => Buffer.from(key).fill(0xff, 700, 703)],
    ['kemPreKeys.3.publicKey', 'coefficients of 4095', (key) => Buffer.from(key).fill(0xff, 700, 703)],
    ['kemPreKeys.99.signature', 'a byte long', longer],
  ])('finds BAD_KEY at %s: %s', async (path, _what, change) => {
    expect(await faultsIn(profile, changing(path, change))).toEqual([`${path} BAD_KEY`]);
  });

  it('finds every bad key', async () => {
    const faults = await faultsIn(profile, (keys) => {
      changing('identityKey', withPoint(TWO))(keys);
      changing('oneTimePreKeys.4.publicKey', withPoint(ZERO))(keys);
      changing('signedPreKey.publicKey', nothing)(keys);
    });
    const paths = ['signedPreKey.publicKey', 'oneTimePreKeys.4.publicKey', 'identityKey'];
    expect(faults).toEqual(paths.map((path) => `${path} BAD_KEY`));
  });

  it.each<[string, string, Change]>([
    ['signedPreKey', 'signature', flipped(5)],
    ['signedPreKey', 'publicKey', () => uploads[profile].oneTimePreKeys[0]!.publicKey],
    ['lastResortKemPreKey', 'signature', () => uploads[profile].signedPreKey.signature],
    ['kemPreKeys.0', 'signature', flipped(40)],
    ['kemPreKeys.50', 'signature', () => Buffer.alloc(64)],
    ['kemPreKeys.99', 'publicKey', flipped(1560)],
  ])('finds BAD_SIGNATURE at %s for another %s', async (path, field, change) => {
    const faults = await faultsIn(profile, changing(`${path}.${field}`, change));
    expect(faults).toEqual([`${path}.signature BAD_SIGNATURE`]);
  });

  it('finds every bad signature', async () => {
    const paths = ['signedPreKey.signature', 'kemPreKeys.2.signature', 'kemPreKeys.9.signature'];
    const faults = await faultsIn(profile, (keys) => paths.forEach((path) => changing(path, flipped(0))(keys)));
    expect(faults).toEqual(paths.map((path) => `${path} BAD_SIGNATURE`));
  });

  it('finds every signature bad under the identity key of another device', async () => {
    const stranger = profile === SIGNAL ? signalIdentity().publicKey : ed25519Identity().publicKey;
    const faults = await faultsIn(profile, (keys) => (keys.identityKey = stranger));
    expect(faults).toHaveLength(102);
  });

  it('verifies no signature while a key is malformed', async () => {
    const faults = await faultsIn(profile, (keys) => {
      changing('signedPreKey.signature', flipped(0))(keys);
      changing('oneTimePreKeys.4.publicKey', withPoint(ZERO))(keys);
    });
    expect(faults).toEqual(['oneTimePreKeys.4.publicKey BAD_KEY']);
  });

  it('finds key ids and signatures at fault in one go', async () => {
    const faults = await faultsIn(profile, (keys) => {
      keys.signedPreKey.keyId = 0;
      changing('signedPreKey.signature', flipped(0))(keys);
    });
    expect(faults).toEqual(['signedPreKey.keyId KEY_ID_OUT_OF_RANGE', 'signedPreKey.signature BAD_SIGNATURE']);
  });

  it('lets the event loop turn many times meanwhile', async () => {
    let turns = 0;
    let done = false;
    const turn = () => {
      turns++;
      if (!done) setImmediate(turn);
    };
    setImmediate(turn);
    await findKeyFaults(copyOf(uploads[profile]), 'registering');
    done = true;
    expect(turns).toBeGreaterThan(20);
  });
});

describe('findKeyFaults, where the profiles differ', () => {
  it('takes ML-KEM-1024 keys of a SIGNAL device under type byte 0x0A', async () => {
    const { publicKey, signed } = signalIdentity();
    const kemPreKeys = [
      { keyId: 1, algorithm: ML_KEM_1024, ...signed(Buffer.concat([Buffer.from([0x0a]), mlKemKey()])) },
    ];
    const keys = { profile: SIGNAL, identityKey: publicKey, oneTimePreKeys: [], kemPreKeys };
    expect(await findKeyFaults(keys, 'adding')).toEqual([]);
  });

  it.each<[KeyProfile, string, string, Change]>([
    [SIGNAL, 'identityKey', 'another type byte', () => Buffer.concat([Buffer.of(6), NINE])],
    [SIGNAL, 'identityKey', 'no type byte', withoutFirst],
    [SIGNAL, 'signedPreKey.publicKey', 'no type byte', withoutFirst],
    [SIGNAL, 'oneTimePreKeys.6.publicKey', 'another type byte', () => Buffer.concat([Buffer.of(10), NINE])],
    [SIGNAL, 'oneTimePreKeys.6.publicKey', 'no type byte', withoutFirst],
    [SIGNAL, 'kemPreKeys.2.publicKey', 'the type byte of ML-KEM', flipped(0, 0x08 ^ 0x0a)],
    [SIGNAL, 'kemPreKeys.2.publicKey', 'an unknown type byte', flipped(0, 0x08 ^ 0x07)],
    [SIGNAL, 'lastResortKemPreKey.publicKey', 'no type byte', withoutFirst],
    [ED25519, 'identityKey', 'a type byte', (key) => Buffer.concat([Buffer.of(5), key])],
    [ED25519, 'oneTimePreKeys.6.publicKey', 'a type byte', () => Buffer.concat([Buffer.of(5), NINE])],
    [ED25519, 'kemPreKeys.2.publicKey', 'a type byte', (key) => Buffer.concat([Buffer.of(10), key])],
  ])('finds BAD_KEY for %s at %s: %s', async (profile, path, _what, change) => {
    expect(await faultsIn(profile, changing(path, change))).toEqual([`${path} BAD_KEY`]);
  });

  it('finds an algorithm that is not that of the key, or not of the profile', async () => {
    const another =
      (algorithm: KemAlgorithm): Spoil =>
      (keys) =>
        (keys.kemPreKeys[2]!.algorithm = algorithm);
    expect(await faultsIn(SIGNAL, another(ML_KEM_1024))).toEqual(['kemPreKeys.2.publicKey BAD_KEY']);
    expect(await faultsIn(ED25519, another(KYBER_1024))).toEqual(['kemPreKeys.2.algorithm BAD_KEY']);
  });
});

async function faultsIn(profile: KeyProfile, spoil: Spoil, purpose: 'registering' | 'adding' = 'registering') {
  const keys = copyOf(uploads[profile]);
  spoil(keys);
  return namesOf(await findKeyFaults(keys, purpose));
}

function namesOf(faults: Awaited<ReturnType<typeof findKeyFaults>>): string[] {
  return faults.map(({ path, reason }) => `${path} ${reason}`);
}

function signalUpload(): FullUpload {
  const { publicKey, signed } = signalIdentity();
  const ecKey = () => Buffer.from(PrivateKey.generate().getPublicKey().serialize());
  const kemKey = () => Buffer.from(KEMKeyPair.generate().getPublicKey().serialize());
  return uploadOf(SIGNAL, publicKey, ecKey, () => ({ algorithm: KYBER_1024, ...signed(kemKey()) }), signed);
}

function ed25519Upload(): FullUpload {
  const { publicKey, signed } = ed25519Identity();
  const ecKey = () => rawBytes(generateKeyPairSync('x25519').publicKey);
  return uploadOf(ED25519, publicKey, ecKey, () => ({ algorithm: ML_KEM_1024, ...signed(mlKemKey()) }), signed);
}

type Signed = (publicKey: Buffer) => { publicKey: Buffer; signature: Buffer };

function uploadOf(
  profile: KeyProfile,
  identityKey: Buffer,
  ecKey: () => Buffer,
  kemKey: () => { algorithm: KemAlgorithm; publicKey: Buffer; signature: Buffer },
  signed: Signed,
): FullUpload {
  return {
    profile,
    registrationId: 1,
    identityKey,
    signedPreKey: { keyId: 1, ...signed(ecKey()) },
    lastResortKemPreKey: { keyId: 1, ...kemKey() },
    oneTimePreKeys: Array.from({ length: 100 }, (_, index) => ({ keyId: index + 1, publicKey: ecKey() })),
    kemPreKeys: Array.from({ length: 100 }, (_, index) => ({ keyId: index + 1, ...kemKey() })),
  };
}

function signalIdentity(): { publicKey: Buffer; signed: Signed } {
  const { publicKey, privateKey } = IdentityKeyPair.generate();
  const signed: Signed = (key) => ({ publicKey: key, signature: Buffer.from(privateKey.sign(Uint8Array.from(key))) });
  return { publicKey: Buffer.from(publicKey.serialize()), signed };
}

function ed25519Identity(): { publicKey: Buffer; signed: Signed } {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  return {
    publicKey: rawBytes(publicKey),
    signed: (key) => ({ publicKey: key, signature: sign(null, key, privateKey) }),
  };
}

/** Node 20 makes none, but to the relay any coefficients below the modulus are a key. */
function mlKemKey(): Buffer {
  const key = randomBytes(1568);
  for (let at = 0; at < 1536; at += 3) key.writeUIntLE(randomInt(3329) | (randomInt(3329) << 12), at, 3);
  return key;
}

function rawBytes(publicKey: KeyObject): Buffer {
  return publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
}

/** Tests replace bytes and never change them in place, so the bytes themselves can be shared. */
function copyOf(keys: FullUpload): FullUpload {
  return {
    ...keys,
    signedPreKey: { ...keys.signedPreKey },
    lastResortKemPreKey: { ...keys.lastResortKemPreKey },
    oneTimePreKeys: keys.oneTimePreKeys.map((key) => ({ ...key })),
    kemPreKeys: keys.kemPreKeys.map((key) => ({ ...key })),
  };
}

/** Replaces the bytes at a path such as `kemPreKeys.3.publicKey`. */
function changing(path: string, change: Change): Spoil {
  return (keys) => {
    const steps = path.split('.');
    const field = steps.pop()!;
    const holder = steps.reduce<unknown>((from, step) => (from as Record<string, unknown>)[step], keys);
    const bytes = holder as Record<string, Buffer>;
    bytes[field] = change(bytes[field]!);
  };
}

/** Puts the 32 bytes of a point behind whatever type byte the key has. */
function withPoint(point: Buffer): Change {
  return (key) => Buffer.concat([key.subarray(0, -32), point]);
}

function flipped(at: number, bits = 1): Change {
  return (bytes) => Buffer.from(bytes.map((byte, index) => (index === at ? byte ^ bits : byte)));
}

function shorter(bytes: Buffer): Buffer {
  return bytes.subarray(0, -1);
}

function longer(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.of(1)]);
}

function withoutFirst(bytes: Buffer): Buffer {
  return bytes.subarray(1);
}

function nothing(): Buffer {
  return Buffer.alloc(0);
}

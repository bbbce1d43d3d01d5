import {
  createHash,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  randomBytes,
} from 'node:crypto';
import { edwardsFromMontgomery, isEd25519PublicKey, isSmallOrderPoint, isX25519PublicKey } from './curve25519.js';

const PRIME = 2n ** 255n - 19n;
const TOP_BIT = 2n ** 255n;

/** The points of order 8, written by hand from the published lists (libsodium, "Taming the many EdDSAs"). */
const ORDER_8_U = [
  325606250916557431795983626356110631294008115727848805560023387167927233504n,
  39382357235489614581723060781553021112529911719440698176882885853963445705823n,
];
const ORDER_8_Y = [
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
].map((hex) => numberFrom(Buffer.from(hex, 'hex')));

const X25519_LOW_ORDER = [0n, 1n, ...ORDER_8_U, PRIME - 1n, PRIME, PRIME + 1n].flatMap((u) => [u, u + TOP_BIT]);
const X25519_LOW_ORDER_WITH_TOP_BIT = [0n, 1n, ...ORDER_8_U, PRIME - 1n, PRIME, PRIME + 1n].map((u) => u + PRIME);
const EDWARDS_SMALL_ORDER = [0n, 1n, ...ORDER_8_Y, PRIME - 1n].flatMap((y) => [y, y + TOP_BIT]);

describe('isX25519PublicKey', () => {
  it('takes keys made by OpenSSL', () => {
    for (const key of manyOf(() => rawPublicKey('x25519'))) expect(isX25519PublicKey(key)).toBe(true);
  });

  it('takes points of the twist and the largest and smallest fair u', () => {
    for (const u of [2n, 9n, PRIME - 2n]) expect(isX25519PublicKey(bytesOf(u))).toBe(true);
    expect(isX25519PublicKey(bytesOf(twistU()))).toBe(true);
  });

  it.each(X25519_LOW_ORDER.map((u) => bytesOf(u).toString('hex')))('refuses the low-order point %s', (hex) => {
    const key = Buffer.from(hex, 'hex');
    expect(isX25519PublicKey(key)).toBe(false);
    expect(() => agreeWith(key)).toThrow();
  });

  it('refuses what is of low order only to a reader that keeps the top bit', () => {
    for (const u of X25519_LOW_ORDER_WITH_TOP_BIT) expect(isX25519PublicKey(bytesOf(u))).toBe(false);
  });

  it('refuses other ways to write a fair u', () => {
    for (let u = 2n; u <= 18n; u++) expect(isX25519PublicKey(bytesOf(u + PRIME))).toBe(false);
    const key = rawPublicKey('x25519');
    expect(isX25519PublicKey(bytesOf(numberFrom(key) + TOP_BIT))).toBe(false);
  });

  it.each([0, 31, 33])('refuses %i bytes', (length) => {
    expect(isX25519PublicKey(Buffer.alloc(length, 9))).toBe(false);
  });
});

describe('isEd25519PublicKey', () => {
  it('takes keys made by OpenSSL', () => {
    for (const key of manyOf(() => rawPublicKey('ed25519'))) expect(isEd25519PublicKey(key)).toBe(true);
  });

  it('agrees with the decoding of RFC 8032 on random bytes', () => {
    const keys = manyOf(() => randomBytes(32));
    const takenByStandard = keys.filter(decodesByStandard);
    expect(keys.filter(isEd25519PublicKey)).toEqual(takenByStandard);
    expect(takenByStandard.length).toBeGreaterThan(0);
    expect(takenByStandard.length).toBeLessThan(keys.length);
  });

  it.each(EDWARDS_SMALL_ORDER.map((y) => bytesOf(y).toString('hex')))('refuses the small-order point %s', (hex) => {
    const key = Buffer.from(hex, 'hex');
    expect(isEd25519PublicKey(key)).toBe(false);
    expect(isSmallOrderPoint(key)).toBe(true);
  });

  it('refuses every y that is not canonical, on the curve or not', () => {
    for (let y = PRIME; y < TOP_BIT; y++) {
      expect(isEd25519PublicKey(bytesOf(y))).toBe(false);
      expect(isEd25519PublicKey(bytesOf(y + TOP_BIT))).toBe(false);
    }
  });

  it.each([0, 31, 33])('refuses %i bytes', (length) => {
    expect(isEd25519PublicKey(Buffer.alloc(length, 9))).toBe(false);
  });

  it('leaves the key as it was', () => {
    const key = bytesOf(3n + TOP_BIT);
    isEd25519PublicKey(key);
    expect(key).toEqual(bytesOf(3n + TOP_BIT));
  });
});

describe('isSmallOrderPoint', () => {
  it('does not take a fair point for a small one', () => {
    for (const key of manyOf(() => rawPublicKey('ed25519'))) expect(isSmallOrderPoint(key)).toBe(false);
  });
});

describe('edwardsFromMontgomery', () => {
  it('maps the base point to the base point', () => {
    expect(edwardsFromMontgomery(bytesOf(9n))?.toString('hex')).toBe(`58${'66'.repeat(31)}`);
  });

  it('maps u = 0 to y = −1', () => {
    expect(edwardsFromMontgomery(bytesOf(0n))).toEqual(bytesOf(PRIME - 1n));
  });

  it('maps an X25519 key to the Ed25519 key of the same secret', () => {
    for (let round = 0; round < 30; round++) {
      const { montgomery, edwards } = twoShapesOfOneKey();
      expect(edwardsFromMontgomery(montgomery)).toEqual(bytesOf(numberFrom(edwards) % TOP_BIT));
    }
  });

  it('has nothing for u = −1, nor for a point of the twist', () => {
    expect(edwardsFromMontgomery(bytesOf(PRIME - 1n))).toBeUndefined();
    expect(edwardsFromMontgomery(bytesOf(twistU()))).toBeUndefined();
  });
});

/** RFC 8032, section 5.1.3: recovers x, by another road than the code under test, which only asks whether x exists. */
function decodesByStandard(key: Buffer): boolean {
  const y = numberFrom(key) % TOP_BIT;
  if (y >= PRIME) return false;
  const d = (PRIME - 121665n) * power(121666n, PRIME - 2n);
  const numerator = (y * y - 1n + PRIME) % PRIME;
  const denominator = (d * y * y + 1n) % PRIME;
  const candidate = numerator * power(denominator, 3n) * power(numerator * power(denominator, 7n), (PRIME - 5n) / 8n);
  const square = (denominator * candidate * candidate) % PRIME;
  return square === numerator || square === (PRIME - numerator) % PRIME;
}

/** The first u from 2 on whose v² is not a square. */
function twistU(): bigint {
  for (let u = 2n; ; u++) {
    if (power(u ** 3n + 486662n * u ** 2n + u, (PRIME - 1n) / 2n) === PRIME - 1n) return u;
  }
}

function power(base: bigint, exponent: bigint): bigint {
  if (exponent === 0n) return 1n;
  const half = power((base * base) % PRIME, exponent / 2n);
  return exponent % 2n === 1n ? (half * base) % PRIME : half;
}

/** An Ed25519 secret is an X25519 secret once hashed (RFC 8032, section 5.1.5). */
function twoShapesOfOneKey(): { montgomery: Buffer; edwards: Buffer } {
  const seed = randomBytes(32);
  const scalar = createHash('sha512').update(seed).digest().subarray(0, 32);
  return {
    montgomery: publicKeyOf('302e020100300506032b656e04220420', scalar),
    edwards: publicKeyOf('302e020100300506032b657004220420', seed),
  };
}

function publicKeyOf(header: string, secret: Buffer): Buffer {
  const key = Buffer.concat([Buffer.from(header, 'hex'), secret]);
  return createPublicKey(createPrivateKey({ key, format: 'der', type: 'pkcs8' }))
    .export({ format: 'der', type: 'spki' })
    .subarray(-32);
}

function agreeWith(key: Buffer): Buffer {
  const { privateKey } = generateKeyPairSync('x25519');
  const der = Buffer.concat([Buffer.from('302a300506032b656e032100', 'hex'), key]);
  return diffieHellman({ privateKey, publicKey: createPublicKey({ key: der, format: 'der', type: 'spki' }) });
}

function rawPublicKey(type: 'ed25519' | 'x25519'): Buffer {
  const pair = type === 'ed25519' ? generateKeyPairSync('ed25519') : generateKeyPairSync('x25519');
  return pair.publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
}

function manyOf(make: () => Buffer): Buffer[] {
  return Array.from({ length: 100 }, make);
}

function bytesOf(value: bigint): Buffer {
  return Buffer.from(value.toString(16).padStart(64, '0'), 'hex').reverse();
}

function numberFrom(littleEndian: Buffer): bigint {
  return BigInt(`0x${Buffer.from(littleEndian).reverse().toString('hex')}`);
}

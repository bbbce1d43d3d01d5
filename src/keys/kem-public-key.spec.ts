import { randomBytes, randomInt } from 'node:crypto';
import { KEMKeyPair } from '@signalapp/libsignal-client';
import { isKem1024PublicKey } from './kem-public-key.js';

const COEFFICIENTS = 1024;
const MODULUS = 3329;

describe('isKem1024PublicKey', () => {
  it('takes keys made by libsignal, without their type byte', () => {
    for (let round = 0; round < 5; round++) {
      const key = Buffer.from(KEMKeyPair.generate().getPublicKey().serialize()).subarray(1);
      expect(isKem1024PublicKey(key)).toBe(true);
    }
  });

  it('takes random coefficients below the modulus and any seed', () => {
    expect(isKem1024PublicKey(keyOf(() => randomInt(MODULUS), randomBytes(32)))).toBe(true);
    expect(isKem1024PublicKey(keyOf(() => MODULUS - 1, Buffer.alloc(32, 0xff)))).toBe(true);
  });

  it.each([MODULUS, 0xfff])('refuses a single coefficient of %i, wherever it stands', (value) => {
    for (let place = 0; place < COEFFICIENTS; place++) {
      const key = keyOf((index) => (index === place ? value : MODULUS - 1), Buffer.alloc(32));
      expect({ place, taken: isKem1024PublicKey(key) }).toEqual({ place, taken: false });
    }
  });

  it.each([0, 1536, 1567, 1569])('refuses %i bytes', (length) => {
    expect(isKem1024PublicKey(Buffer.alloc(length))).toBe(false);
  });
});

/** Packs bit by bit as ByteEncode of FIPS 203 is written: slow, and nothing like the code under test. */
function keyOf(coefficientAt: (index: number) => number, seed: Buffer): Buffer {
  const packed = Buffer.alloc(1536);
  for (let index = 0; index < COEFFICIENTS; index++) {
    const coefficient = coefficientAt(index);
    for (let bit = 0; bit < 12; bit++) {
      const place = index * 12 + bit;
      packed[place >> 3]! |= ((coefficient >> bit) & 1) << (place & 7);
    }
  }
  return Buffer.concat([packed, seed]);
}

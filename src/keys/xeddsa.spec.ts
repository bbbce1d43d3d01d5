import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  sign,
  verify,
  type KeyObject,
} from 'node:crypto';
import { readFileSync } from 'node:fs';
import { PrivateKey } from '@signalapp/libsignal-client';
import { ed25519Check, xeddsaCheck, type SignatureCheck } from './xeddsa.js';

interface Vector {
  identityKey: string;
  message: string;
  kind: string;
  signature: string;
  verifies: boolean;
  tampered?: string;
}

const { cases } = JSON.parse(readFileSync('test/vectors/xeddsa.json', 'utf8')) as { cases: Vector[] };

/** The order of the base point (RFC 8032, section 5.1). */
const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;
const NEUTRAL_POINT = Buffer.concat([Buffer.from([1]), Buffer.alloc(31)]);
const MESSAGE = Buffer.from('a public key, as it was sent');

describe('xeddsaCheck', () => {
  it.each(cases.map((vector, index) => ({ index, ...vector })))(
    'gives $verifies for vector $index ($kind)',
    async ({ identityKey, message, signature, verifies }) => {
      const check = xeddsaCheck(fromHex(identityKey).subarray(1))!;
      expect(await check(fromHex(message), fromHex(signature))).toBe(verifies);
    },
  );

  it('has seen vectors of both outcomes and both signs', () => {
    const good = cases.filter(({ verifies }) => verifies);
    expect(good.length).toBeGreaterThan(20);
    expect(cases.length - good.length).toBeGreaterThan(20);
    const signs = good.map(({ signature }) => fromHex(signature)[63]! >> 7);
    expect(new Set(signs)).toEqual(new Set([0, 1]));
  });

  it('takes fresh signatures by libsignal and leaves them as they were', async () => {
    for (let round = 0; round < 20; round++) {
      const { check, signature } = signedByLibsignal();
      const copy = Buffer.from(signature);
      expect(await check(MESSAGE, signature)).toBe(true);
      expect(signature).toEqual(copy);
    }
  });

  it('refuses each bit of a signature turned round, the sign among them', async () => {
    const { check, signature } = signedByLibsignal();
    for (let bit = 0; bit < 512; bit++) {
      const turned = Buffer.from(signature);
      turned[bit >> 3]! ^= 1 << (bit & 7);
      expect({ bit, taken: await check(MESSAGE, turned) }).toEqual({ bit, taken: false });
    }
  });

  it('refuses an S that is not reduced', async () => {
    const { check, signature } = signedByLibsignal();
    const sign = signature[63]! & 0x80;
    signature[63]! &= 0x7f;
    const larger = withLargerS(signature);
    larger[63]! |= sign;
    expect(await check(MESSAGE, larger)).toBe(false);
  });

  it.each([0, 63, 65])('refuses %i bytes of signature', async (length) => {
    const { check, signature } = signedByLibsignal();
    expect(await check(MESSAGE, Buffer.concat([signature, signature]).subarray(0, length))).toBe(false);
  });

  it('has no check for u = −1, for low order, for u ≥ p, nor for a point of the twist', () => {
    const minusOne = Buffer.from(`ec${'ff'.repeat(30)}7f`, 'hex');
    const nineAgain = Buffer.from(`f6${'ff'.repeat(30)}7f`, 'hex');
    const two = Buffer.from(`02${'00'.repeat(31)}`, 'hex');
    for (const key of [minusOne, Buffer.alloc(32), nineAgain, two]) expect(xeddsaCheck(key)).toBeUndefined();
    expect(xeddsaCheck(Buffer.from(`09${'00'.repeat(31)}`, 'hex'))).toBeDefined();
  });
});

describe('ed25519Check', () => {
  it('gives the answers of RFC 8032, section 7.1', async () => {
    const check = ed25519Check(fromHex('3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c'))!;
    const signature = fromHex(
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da' +
        '085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
    );
    expect(await check(Buffer.from([0x72]), signature)).toBe(true);
    expect(await check(Buffer.from([0x73]), signature)).toBe(false);
  });

  it('refuses an S that is not reduced', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const check = ed25519Check(rawBytes(publicKey))!;
    const signature = sign(null, MESSAGE, privateKey);
    expect(await check(MESSAGE, signature)).toBe(true);
    expect(await check(MESSAGE, withLargerS(signature))).toBe(false);
  });

  it('refuses a small-order R, with which a signature gives its private key away', async () => {
    const { publicKey, signature } = signedWithNeutralR();
    expect(verify(null, MESSAGE, publicKey, signature)).toBe(true);
    expect(await ed25519Check(rawBytes(publicKey))!(MESSAGE, signature)).toBe(false);
  });

  it('has no check for a small-order key, under which OpenSSL takes one signature for any message', () => {
    const signature = Buffer.concat([NEUTRAL_POINT, Buffer.alloc(32)]);
    expect(verify(null, randomBytes(40), imported(NEUTRAL_POINT), signature)).toBe(true);
    expect(ed25519Check(NEUTRAL_POINT)).toBeUndefined();
  });

  it.each([0, 63, 65])('refuses %i bytes of signature', async (length) => {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const signature = sign(null, MESSAGE, privateKey);
    const check = ed25519Check(rawBytes(publicKey))!;
    expect(await check(MESSAGE, Buffer.concat([signature, signature]).subarray(0, length))).toBe(false);
  });
});

function signedByLibsignal(): { check: SignatureCheck; signature: Buffer } {
  const privateKey = PrivateKey.generate();
  const publicKey = Buffer.from(privateKey.getPublicKey().serialize());
  return {
    check: xeddsaCheck(publicKey.subarray(1))!,
    signature: Buffer.from(privateKey.sign(Uint8Array.from(MESSAGE))),
  };
}

/** r = 0, so R is the neutral point and S = h·a: valid by the equation, made by whoever holds a. */
function signedWithNeutralR(): { publicKey: KeyObject; signature: Buffer } {
  const seed = randomBytes(32);
  const der = Buffer.concat([fromHex('302e020100300506032b657004220420'), seed]);
  const publicKey = createPublicKey(createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }));
  const secret = createHash('sha512').update(seed).digest().subarray(0, 32);
  secret[0]! &= 248;
  secret[31] = (secret[31]! & 127) | 64;
  const hash = createHash('sha512').update(NEUTRAL_POINT).update(rawBytes(publicKey)).update(MESSAGE).digest();
  const s = (numberFrom(hash) * numberFrom(secret)) % ORDER;
  return { publicKey, signature: Buffer.concat([NEUTRAL_POINT, bytesOf(s)]) };
}

/** The same signature to anyone who computes S modulo the order. */
function withLargerS(signature: Buffer): Buffer {
  return Buffer.concat([signature.subarray(0, 32), bytesOf(numberFrom(signature.subarray(32)) + ORDER)]);
}

function imported(publicKey: Buffer): KeyObject {
  const key = Buffer.concat([fromHex('302a300506032b6570032100'), publicKey]);
  return createPublicKey({ key, format: 'der', type: 'spki' });
}

function rawBytes(publicKey: KeyObject): Buffer {
  return publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
}

function fromHex(hex: string): Buffer {
  return Buffer.from(hex, 'hex');
}

function bytesOf(value: bigint): Buffer {
  return Buffer.from(value.toString(16).padStart(64, '0'), 'hex').reverse();
}

function numberFrom(littleEndian: Buffer): bigint {
  return BigInt(`0x${Buffer.from(littleEndian).reverse().toString('hex')}`);
}

import { createPublicKey, verify, type KeyObject } from 'node:crypto';
import { edwardsFromMontgomery, isEd25519PublicKey, isSmallOrderPoint, isX25519PublicKey } from './curve25519.js';

/** Whether the 64-byte signature over the message is good. Runs on the thread pool, so the event loop stays free. */
export type SignatureCheck = (message: Buffer, signature: Buffer) => Promise<boolean>;

const SIGNATURE_BYTES = 64;
const SIGN_BIT = 0x80;

/** SubjectPublicKeyInfo of a raw Ed25519 key (RFC 8410, section 4). */
const ED25519_KEY_HEADER = Buffer.from('302a300506032b6570032100', 'hex');

/**
 * Ed25519 (RFC 8032, section 5.1.7) under a raw 32-byte public key, by the equation without the cofactor: what passes
 * here passes with it too, so no client that uses the other one disagrees. Undefined when the key is no good, so that
 * nobody can ask an unchecked key: OpenSSL would take a small-order one, under which one signature fits any message.
 */
export function ed25519Check(publicKey: Buffer): SignatureCheck | undefined {
  if (!isEd25519PublicKey(publicKey)) return undefined;
  const key = importEd25519(publicKey);
  return async (message, signature) => signature.length === SIGNATURE_BYTES && verifyEd25519(key, message, signature);
}

/**
 * XEdDSA (Signal's specification, section 3) as libsignal writes it: the sign of the Edwards point travels in the top
 * bit of the signature. The key is the raw 32-byte u, without a type byte. Undefined when the key is no good: not an
 * X25519 key, or a point of the twist, under which no signature verifies.
 */
export function xeddsaCheck(publicKey: Buffer): SignatureCheck | undefined {
  if (!isX25519PublicKey(publicKey)) return undefined;
  const point = edwardsFromMontgomery(publicKey);
  if (!point) return undefined;
  const positive = importEd25519(point);
  const negative = importEd25519(withTopBit(point, SIGN_BIT));
  return async (message, signature) => {
    if (signature.length !== SIGNATURE_BYTES) return false;
    const sign = signature.readUInt8(SIGNATURE_BYTES - 1) & SIGN_BIT;
    return verifyEd25519(sign ? negative : positive, message, withTopBit(signature, 0));
  };
}

async function verifyEd25519(key: KeyObject, message: Buffer, signature: Buffer): Promise<boolean> {
  // A small-order R forges nothing under a checked key, but S/h then is the private key: it would stand in every bundle.
  if (isSmallOrderPoint(signature.subarray(0, 32))) return false;
  return new Promise((resolve, reject) => {
    verify(null, message, key, signature, (error, verified) => (error ? reject(error) : resolve(verified)));
  });
}

function importEd25519(publicKey: Buffer): KeyObject {
  return createPublicKey({ key: Buffer.concat([ED25519_KEY_HEADER, publicKey]), format: 'der', type: 'spki' });
}

function withTopBit(bytes: Buffer, topBit: number): Buffer {
  const copy = Buffer.from(bytes);
  const last = copy.length - 1;
  copy.writeUInt8((copy.readUInt8(last) & ~SIGN_BIT) | topBit, last);
  return copy;
}

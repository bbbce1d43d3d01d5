/**
 * Questions about public keys on Curve25519, in both of its shapes: the Montgomery curve of X25519 (RFC 7748) and the
 * Edwards curve of Ed25519 (RFC 8032, edwards25519). A key is always 32 bytes, little-endian.
 *
 * Everything here works on public data, so nothing needs to run in constant time.
 */

/** p = 2^255 − 19 (RFC 7748, section 4.1). */
const PRIME = (1n << 255n) - 19n;
const PRIME_BYTES = encode(PRIME);

/** v² = u³ + A·u² + u (RFC 7748, section 4.1). */
const MONTGOMERY_A = 486662n;

/** −x² + y² = 1 + d·x²·y² (RFC 8032, section 5.1). */
const EDWARDS_D = 0x52036cee2b6ffe738cc740797779e89800700a4d4141d8ab75eb4dca135978a3n;

/**
 * Every canonical u whose point has an order of 8 or less, on the curve or on its twist (RFC 7748, section 6.1 tells why
 * they matter: the shared secret no longer depends on the other side). The same points written with u ≥ p are refused
 * as not canonical.
 */
const LOW_ORDER_U = new Set([
  '0000000000000000000000000000000000000000000000000000000000000000', // 0: order 2
  '0100000000000000000000000000000000000000000000000000000000000000', // 1: order 4
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800', // order 8
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157', // order 8
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f', // −1: order 4 on the twist
]);

/** Every canonical y, sign bit clear, of the eight points on the Edwards curve whose order divides 8. */
const SMALL_ORDER_Y = new Set([
  '0100000000000000000000000000000000000000000000000000000000000000', // 1: the neutral point
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f', // −1: order 2
  '0000000000000000000000000000000000000000000000000000000000000000', // 0: order 4
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05', // order 8
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a', // order 8
]);

/** u < p, which also means that the top bit is clear, and not of low order. Points of the twist pass: X25519 takes them. */
export function isX25519PublicKey(key: Buffer): boolean {
  return key.length === 32 && isBelowPrime(key) && !LOW_ORDER_U.has(key.toString('hex'));
}

/** Canonical, on the curve and not of small order (RFC 8032, section 5.1.3). Costs one exponentiation: 0.1 to 0.2 ms. */
export function isEd25519PublicKey(key: Buffer): boolean {
  if (key.length !== 32) return false;
  const y = withoutSignBit(key);
  // x = 0 with the sign bit set is the one other way to write a point twice; both such points are of small order.
  return isBelowPrime(y) && !SMALL_ORDER_Y.has(y.toString('hex')) && isEdwardsY(decode(y));
}

/** Whether an encoded Edwards point (32 bytes, canonical) has an order of 8 or less. */
export function isSmallOrderPoint(point: Buffer): boolean {
  return SMALL_ORDER_Y.has(withoutSignBit(point).toString('hex'));
}

/**
 * The Edwards point, sign bit clear, that belongs to a Montgomery u: y = (u − 1)/(u + 1) (RFC 7748, section 4.1).
 * Undefined where there is none: the points of the twist, u = −1 among them. Costs two exponentiations.
 */
export function edwardsFromMontgomery(key: Buffer): Buffer | undefined {
  const u = decode(key);
  if (!isMontgomeryU(u)) return undefined;
  return encode(modulo((u - 1n) * power(u + 1n, PRIME - 2n)));
}

function isMontgomeryU(u: bigint): boolean {
  return isSquare(u * (u * u + MONTGOMERY_A * u + 1n));
}

function isEdwardsY(y: bigint): boolean {
  const ySquared = modulo(y * y);
  // x² = (y² − 1)/(d·y² + 1). A quotient is a square exactly when the product is, and the product needs no inversion.
  return isSquare((ySquared - 1n) * (EDWARDS_D * ySquared + 1n));
}

/** Euler's criterion. */
function isSquare(value: bigint): boolean {
  return power(modulo(value), (PRIME - 1n) / 2n) !== PRIME - 1n;
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  let square = base;
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % PRIME;
    square = (square * square) % PRIME;
  }
  return result;
}

function modulo(value: bigint): bigint {
  const rest = value % PRIME;
  return rest < 0n ? rest + PRIME : rest;
}

function isBelowPrime(littleEndian: Buffer): boolean {
  for (let index = 31; index >= 0; index--) {
    const difference = littleEndian.readUInt8(index) - PRIME_BYTES.readUInt8(index);
    if (difference !== 0) return difference < 0;
  }
  return false;
}

function withoutSignBit(point: Buffer): Buffer {
  const copy = Buffer.from(point);
  copy.writeUInt8(copy.readUInt8(31) & 0x7f, 31);
  return copy;
}

function decode(littleEndian: Buffer): bigint {
  return BigInt(`0x${Buffer.from(littleEndian).reverse().toString('hex')}`);
}

function encode(value: bigint): Buffer {
  return Buffer.from(value.toString(16).padStart(64, '0'), 'hex').reverse();
}

/** Bytes of an ML-KEM-1024 or Kyber-1024 public key without a type byte: 1,536 of coefficients and 32 of seed. */
const KEY_BYTES = 1568;
const COEFFICIENT_BYTES = 1536;

/** q of FIPS 203, section 8. */
const MODULUS = 3329;

/**
 * The modulus check of FIPS 203, section 7.2: each of the 1,024 twelve-bit coefficients is below 3,329. Kyber-1024 of
 * round 3 packs its keys alike. The seed may be any 32 bytes.
 */
export function isKem1024PublicKey(key: Buffer): boolean {
  if (key.length !== KEY_BYTES) return false;
  for (let at = 0; at < COEFFICIENT_BYTES; at += 3) {
    // Two coefficients share three bytes, low bits first (ByteDecode₁₂ of FIPS 203, section 4.2.1). Plain indexing, for
    // a full upload has 51,712 such groups: readUIntLE takes three times as long.
    const middle = key[at + 1]!;
    const first = key[at]! | ((middle & 0x0f) << 8);
    const second = (middle >> 4) | (key[at + 2]! << 4);
    if (first >= MODULUS || second >= MODULUS) return false;
  }
  return true;
}

/** Which family of keys a device publishes. GraphQL shows the same names. */
export enum KeyProfile {
  /** Ed25519 identity (RFC 8032), raw X25519 prekeys (RFC 7748), raw ML-KEM-1024 prekeys (FIPS 203). */
  ED25519 = 'ED25519',
  /** Keys exactly as libsignal serialises them: each begins with a type byte. */
  SIGNAL = 'SIGNAL',
}

/** The two take keys of the same size and packing but do not understand each other, so the name travels with the key. */
export enum KemAlgorithm {
  /** FIPS 203. */
  ML_KEM_1024 = 'ML_KEM_1024',
  /** Round 3 of the NIST competition: what libsignal makes today. */
  KYBER_1024 = 'KYBER_1024',
}

import { generateKeyPairSync, type KeyObject, randomBytes, randomInt, sign } from 'node:crypto';
import { IdentityKeyPair, KEMKeyPair, PrivateKey } from '@signalapp/libsignal-client';

/** As GraphQL takes them, bytes in base64. */
export interface EcPreKey {
  keyId: number;
  publicKey: string;
}

export interface SignedPreKey extends EcPreKey {
  signature: string;
}

export interface KemPreKey extends SignedPreKey {
  algorithm: 'ML_KEM_1024' | 'KYBER_1024';
}

export interface PreKeys {
  signedPreKey?: SignedPreKey;
  lastResortKemPreKey?: KemPreKey;
  oneTimePreKeys?: EcPreKey[];
  kemPreKeys?: KemPreKey[];
}

/** `DeviceKeysInput`. */
export type NewDevice = Required<PreKeys> & {
  profile: 'ED25519' | 'SIGNAL';
  registrationId: number;
  sealedName?: string;
  identityKey: string;
};

/** The private side of a device: its identity, and as many prekeys signed by it as a story needs. */
export class KeyRing {
  private constructor(
    readonly profile: 'ED25519' | 'SIGNAL',
    readonly identityKey: string,
    private readonly signatureOf: (publicKey: Buffer) => Buffer,
    private readonly newEcKey: () => Buffer,
    private readonly newKemKey: () => Buffer,
  ) {}

  static ed25519(): KeyRing {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const signatureOf = (key: Buffer) => sign(null, key, privateKey);
    return new KeyRing('ED25519', base64(rawBytes(publicKey)), signatureOf, x25519Key, mlKemKey);
  }

  /** Made, signed and serialised by libsignal. */
  static signal(): KeyRing {
    const { publicKey, privateKey } = IdentityKeyPair.generate();
    return new KeyRing(
      'SIGNAL',
      base64(Buffer.from(publicKey.serialize())),
      (key) => Buffer.from(privateKey.sign(Uint8Array.from(key))),
      () => Buffer.from(PrivateKey.generate().getPublicKey().serialize()),
      () => Buffer.from(KEMKeyPair.generate().getPublicKey().serialize()),
    );
  }

  newDevice({ oneTime = 50, kem = 2 } = {}): NewDevice {
    return {
      profile: this.profile,
      registrationId: randomInt(1, 16381),
      identityKey: this.identityKey,
      signedPreKey: this.signedPreKey(1),
      lastResortKemPreKey: this.kemPreKey(1000),
      oneTimePreKeys: this.ecPreKeys(1, oneTime),
      kemPreKeys: this.kemPreKeys(1, kem),
    };
  }

  ecPreKeys(firstId: number, count: number): EcPreKey[] {
    return Array.from({ length: count }, (_, n) => ({ keyId: firstId + n, publicKey: base64(this.newEcKey()) }));
  }

  kemPreKeys(firstId: number, count: number): KemPreKey[] {
    return Array.from({ length: count }, (_, n) => this.kemPreKey(firstId + n));
  }

  signedPreKey(keyId: number): SignedPreKey {
    return { keyId, ...this.signed(this.newEcKey()) };
  }

  kemPreKey(keyId: number): KemPreKey {
    const algorithm = this.profile === 'SIGNAL' ? 'KYBER_1024' : 'ML_KEM_1024';
    return { keyId, algorithm, ...this.signed(this.newKemKey()) };
  }

  private signed(publicKey: Buffer): { publicKey: string; signature: string } {
    return { publicKey: base64(publicKey), signature: base64(this.signatureOf(publicKey)) };
  }
}

const base64 = (bytes: Buffer) => bytes.toString('base64');

const rawBytes = (key: KeyObject) => key.export({ format: 'der', type: 'spki' }).subarray(-32);

const x25519Key = () => rawBytes(generateKeyPairSync('x25519').publicKey);

/** Node 20 makes none, but to the relay any coefficients below the modulus are a key. */
function mlKemKey(): Buffer {
  const key = randomBytes(1568);
  for (let at = 0; at < 1536; at += 3) key.writeUIntLE(randomInt(3329) | (randomInt(3329) << 12), at, 3);
  return key;
}

import { generateKeyPairSync, type KeyObject, randomInt, sign } from 'node:crypto';

/** What `register` and `registerDevice` take as `DeviceKeysInput`, bytes in base64. */
export interface DeviceKeys {
  profile: 'ED25519';
  registrationId: number;
  sealedName?: string;
  identityKey: string;
  signedPreKey: { keyId: number; publicKey: string; signature: string };
  oneTimePreKeys: { keyId: number; publicKey: string }[];
}

/** Fresh, valid keys of one device of the ED25519 profile. */
export function ed25519DeviceKeys(): DeviceKeys {
  const identity = generateKeyPairSync('ed25519');
  const signedPreKey = x25519PublicKey();
  return {
    profile: 'ED25519',
    registrationId: randomInt(1, 16381),
    identityKey: rawPublicKey(identity.publicKey).toString('base64'),
    signedPreKey: {
      keyId: 1,
      publicKey: signedPreKey.toString('base64'),
      signature: sign(null, signedPreKey, identity.privateKey).toString('base64'),
    },
    oneTimePreKeys: Array.from({ length: 50 }, (_, index) => ({
      keyId: index + 1,
      publicKey: x25519PublicKey().toString('base64'),
    })),
  };
}

const x25519PublicKey = () => rawPublicKey(generateKeyPairSync('x25519').publicKey);

const rawPublicKey = (key: KeyObject) => Buffer.from(key.export({ format: 'jwk' }).x ?? '', 'base64url');

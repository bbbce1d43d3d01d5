const ONE_TIME_PRE_KEYS = 50;
const LARGEST_REGISTRATION_ID = 16_380;

/**
 * `DeviceKeysInput` of the ED25519 profile, made here. The private halves are thrown away: the account can do everything
 * but open what others write to it.
 */
export async function newDevice() {
  const identity = await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify']);
  const signedPreKey = await x25519PublicKey();
  const oneTimePreKeys = await Promise.all(Array.from({ length: ONE_TIME_PRE_KEYS }, x25519PublicKey));
  return {
    profile: 'ED25519',
    registrationId: 1 + ((crypto.getRandomValues(new Uint16Array(1))[0] ?? 0) % LARGEST_REGISTRATION_ID),
    identityKey: base64(await crypto.subtle.exportKey('raw', identity.publicKey)),
    signedPreKey: {
      keyId: 1,
      publicKey: base64(signedPreKey),
      signature: base64(await crypto.subtle.sign('Ed25519', identity.privateKey, signedPreKey)),
    },
    oneTimePreKeys: oneTimePreKeys.map((publicKey, index) => ({ keyId: index + 1, publicKey: base64(publicKey) })),
  };
}

export const randomBytes = (length: number): string => base64(crypto.getRandomValues(new Uint8Array(length)).buffer);

async function x25519PublicKey(): Promise<ArrayBuffer> {
  const { publicKey } = await crypto.subtle.generateKey('X25519', false, ['deriveBits']);
  return crypto.subtle.exportKey('raw', publicKey);
}

const base64 = (bytes: ArrayBuffer): string => btoa(String.fromCharCode(...new Uint8Array(bytes)));

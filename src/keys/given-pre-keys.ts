import type { DeviceKeysInput, UploadPreKeysInput } from './device.inputs.js';
import type { DeviceRow } from './device.entity.js';
import type { KemAlgorithm, KeyProfile } from './key-profile.js';
import type { PublishedKeys } from './key-validation.js';
import { type OneTimeKind, PreKeyKind, type ReplacingKind } from './pre-key.entity.js';

type GivenKeys = DeviceKeysInput | UploadPreKeysInput;

/** A prekey of any kind, as it was sent. */
export interface GivenPreKey<Kind extends PreKeyKind = PreKeyKind> {
  kind: Kind;
  keyId: number;
  algorithm: KemAlgorithm | null;
  publicKey: Buffer;
  signature: Buffer | null;
  /** Where it stands in the input, such as `kemPreKeys.3`. */
  path: string;
}

/** For `findKeyFaults`: the prekeys, and what of the device they are judged by. */
export function publishedKeys(
  device: { profile: KeyProfile; identityKey: Buffer; registrationId?: number },
  { signedPreKey, lastResortKemPreKey, oneTimePreKeys, kemPreKeys }: GivenKeys,
): PublishedKeys {
  return {
    profile: device.profile,
    identityKey: device.identityKey,
    registrationId: device.registrationId,
    signedPreKey: signedPreKey ?? undefined,
    lastResortKemPreKey: lastResortKemPreKey ?? undefined,
    oneTimePreKeys: oneTimePreKeys ?? [],
    kemPreKeys: kemPreKeys ?? [],
  };
}

/** The keys that wait in the table of prekeys to be handed out once. */
export function oneTimeKeysOf({ oneTimePreKeys, kemPreKeys }: GivenKeys): GivenPreKey<OneTimeKind>[] {
  return [
    ...(oneTimePreKeys ?? []).map((key, index) => given(PreKeyKind.ONE_TIME, key, `oneTimePreKeys.${index}`)),
    ...(kemPreKeys ?? []).map((key, index) => given(PreKeyKind.KEM, key, `kemPreKeys.${index}`)),
  ];
}

/** The keys that take a place in the device's row. */
export function replacingKeysOf({ signedPreKey, lastResortKemPreKey }: GivenKeys): GivenPreKey<ReplacingKind>[] {
  return [
    ...(signedPreKey ? [given(PreKeyKind.SIGNED, signedPreKey, 'signedPreKey')] : []),
    ...(lastResortKemPreKey ? [given(PreKeyKind.LAST_RESORT, lastResortKemPreKey, 'lastResortKemPreKey')] : []),
  ];
}

function given<Kind extends PreKeyKind>(
  kind: Kind,
  { keyId, publicKey, ...rest }: { keyId: number; publicKey: Buffer; algorithm?: KemAlgorithm; signature?: Buffer },
  path: string,
): GivenPreKey<Kind> {
  return { kind, keyId, publicKey, algorithm: rest.algorithm ?? null, signature: rest.signature ?? null, path };
}

type SignedPreKeyColumns = Pick<DeviceRow, 'signedPreKeyId' | 'signedPreKey' | 'signedPreKeySignature'>;

/** `null`: the device has none any more. */
export function signedPreKeyColumns(key: Omit<GivenPreKey, 'kind' | 'algorithm' | 'path'> | null): SignedPreKeyColumns {
  return {
    signedPreKeyId: key?.keyId ?? null,
    signedPreKey: key?.publicKey ?? null,
    signedPreKeySignature: key?.signature ?? null,
  };
}

type LastResortColumns = Pick<
  DeviceRow,
  'lastResortKeyId' | 'lastResortAlgorithm' | 'lastResortKey' | 'lastResortSignature'
>;

export function lastResortColumns(key: Omit<GivenPreKey, 'kind' | 'path'> | null): LastResortColumns {
  return {
    lastResortKeyId: key?.keyId ?? null,
    lastResortAlgorithm: key?.algorithm ?? null,
    lastResortKey: key?.publicKey ?? null,
    lastResortSignature: key?.signature ?? null,
  };
}

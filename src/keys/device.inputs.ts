import { Field, ID, InputType, Int } from '@nestjs/graphql';
import { z } from 'zod';
import { Bytes } from '../graphql/bytes.scalar.js';
import { sealedBytes, uuid } from '../graphql/input-rules.js';
import { KemAlgorithm, KeyProfile } from './key-profile.js';

const keyIdDescription = (scope: string) =>
  `1 to 16777215, chosen by the client, unique ${scope}. An id that was used before with another key is refused for 90 days: CONFLICT, KEY_ID_USED.`;
const ecKeyDescription =
  'X25519 public key: 32 bytes; SIGNAL: 33, the first one 0x05. Of low order, u ≥ 2²⁵⁵ − 19 or another length: BAD_USER_INPUT, BAD_KEY.';
const kemKeyDescription =
  'KEM public key: 1568 bytes; SIGNAL: 1569, the first one 0x08 (KYBER_1024) or 0x0A (ML_KEM_1024). Every coefficient below 3329, else BAD_USER_INPUT, BAD_KEY.';
const signatureDescription =
  '64 bytes by the identity key over `publicKey` as it is sent. ED25519: Ed25519; SIGNAL: XEdDSA. Does not verify: BAD_USER_INPUT, BAD_SIGNATURE.';

@InputType({ description: 'A one-time prekey: handed out once.' })
export class EcPreKeyInput {
  @Field(() => Int, { description: keyIdDescription('among the one-time prekeys of the device') })
  keyId!: number;

  @Field(() => Bytes, { description: ecKeyDescription })
  publicKey!: Buffer;
}

@InputType({ description: 'The signed prekey: in every bundle until the next one replaces it. Rotate it weekly.' })
export class SignedPreKeyInput {
  @Field(() => Int, { description: keyIdDescription('among the signed prekeys of the device') })
  keyId!: number;

  @Field(() => Bytes, { description: ecKeyDescription })
  publicKey!: Buffer;

  @Field(() => Bytes, { description: signatureDescription })
  signature!: Buffer;
}

@InputType({ description: 'A prekey for the post-quantum part, one-time or last-resort.' })
export class KemPreKeyInput {
  @Field(() => Int, { description: keyIdDescription('per device, among one-time and among last-resort KEM prekeys') })
  keyId!: number;

  @Field(() => KemAlgorithm, { description: 'Which KEM the key is for. ED25519 devices: ML_KEM_1024 only.' })
  algorithm!: KemAlgorithm;

  @Field(() => Bytes, { description: kemKeyDescription })
  publicKey!: Buffer;

  @Field(() => Bytes, { description: signatureDescription })
  signature!: Buffer;
}

@InputType({
  description:
    'A new device and its keys. Nothing is stored when any key is at fault; all faults found are in `fields`. Not to be changed later: `profile`, `registrationId`, `identityKey`; a new identity key is a new device.',
})
export class DeviceKeysInput {
  // What is said of keys, ids and counts is held by `findKeyFaults`, which has to see all of them together.
  static readonly rules = z.looseObject({ sealedName: sealedBytes(256).nullish() });

  @Field(() => KeyProfile, { description: 'Which family of keys the device publishes.' })
  profile!: KeyProfile;

  @Field(() => Int, { description: '1 to 16380, chosen by the client at random: tells a device set up anew.' })
  registrationId!: number;

  @Field(() => Bytes, {
    nullable: true,
    description:
      'The name of the device, encrypted: 16 to 256 bytes. Reads as text: BAD_USER_INPUT, NOT_SEALED. Everybody who may see the device gets these bytes.',
  })
  sealedName?: Buffer | null;

  @Field(() => Bytes, {
    description:
      'ED25519: Ed25519 public key, 32 bytes, canonical, not of small order. SIGNAL: 33 bytes, 0x05 and a Curve25519 public key. Else BAD_USER_INPUT, BAD_KEY. Of an active device of another account: CONFLICT, KEY_REUSED.',
  })
  identityKey!: Buffer;

  @Field(() => SignedPreKeyInput, { description: 'The first signed prekey.' })
  signedPreKey!: SignedPreKeyInput;

  @Field(() => KemPreKeyInput, {
    nullable: true,
    description:
      'Served, any number of times, when no one-time KEM prekey is left. SIGNAL devices need one, else BAD_USER_INPUT, TOO_FEW_KEYS.',
  })
  lastResortKemPreKey?: KemPreKeyInput | null;

  @Field(() => [EcPreKeyInput], {
    description: '50 to 100. Fewer: BAD_USER_INPUT, TOO_FEW_KEYS. More: LIMIT_REACHED, TOO_LARGE.',
  })
  oneTimePreKeys!: EcPreKeyInput[];

  @Field(() => [KemPreKeyInput], {
    nullable: true,
    description: 'One-time KEM prekeys, at most 100. More: LIMIT_REACHED, TOO_LARGE.',
  })
  kemPreKeys?: KemPreKeyInput[] | null;
}

@InputType({
  description:
    'More prekeys for a device. All or nothing is stored. Safe to retry: a key that is stored, or was used before, with the same bytes is skipped, and never served a second time.',
})
export class UploadPreKeysInput {
  static readonly rules = z.looseObject({ deviceId: uuid });

  @Field(() => ID, { description: 'UUID of an active device of the viewer’s account. Else NOT_FOUND.' })
  deviceId!: string;

  @Field(() => SignedPreKeyInput, { nullable: true, description: 'Replaces the signed prekey.' })
  signedPreKey?: SignedPreKeyInput | null;

  @Field(() => KemPreKeyInput, { nullable: true, description: 'Replaces the last-resort KEM prekey.' })
  lastResortKemPreKey?: KemPreKeyInput | null;

  @Field(() => [EcPreKeyInput], {
    nullable: true,
    description: 'At most 100, and 200 stored with those there are. More: LIMIT_REACHED, TOO_LARGE.',
  })
  oneTimePreKeys?: EcPreKeyInput[] | null;

  @Field(() => [KemPreKeyInput], {
    nullable: true,
    description: 'At most 100, and 200 stored with those there are. More: LIMIT_REACHED, TOO_LARGE.',
  })
  kemPreKeys?: KemPreKeyInput[] | null;
}

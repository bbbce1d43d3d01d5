import { Field, ID, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import { Bytes } from '../graphql/bytes.scalar.js';
import { KemAlgorithm, KeyProfile } from './key-profile.js';

registerEnumType(KemAlgorithm, {
  name: 'KemAlgorithm',
  description: 'Which KEM a key is for. The two take keys of the same size but do not understand each other.',
  valuesMap: {
    ML_KEM_1024: { description: 'ML-KEM-1024 (FIPS 203).' },
    KYBER_1024: { description: 'Kyber-1024 of round 3 of the NIST competition: what libsignal makes.' },
  },
});

const keyIdDescription = '1 to 16777215: by it the device finds the private key.';
const ecKeyDescription = 'X25519 public key: 32 bytes; SIGNAL: 33, the first one 0x05.';
const signatureDescription =
  '64 bytes by the identity key over `publicKey`. Verify it. ED25519: Ed25519; SIGNAL: XEdDSA.';

@ObjectType({ description: 'A one-time prekey. Nobody else was or will be given it.' })
export class EcPreKey {
  @Field(() => Int, { description: keyIdDescription })
  keyId!: number;

  @Field(() => Bytes, { description: ecKeyDescription })
  publicKey!: Buffer;
}

@ObjectType({ description: 'The signed prekey of a device: the same for everybody until it is replaced.' })
export class SignedPreKey {
  @Field(() => Int, { description: keyIdDescription })
  keyId!: number;

  @Field(() => Bytes, { description: ecKeyDescription })
  publicKey!: Buffer;

  @Field(() => Bytes, { description: signatureDescription })
  signature!: Buffer;
}

@ObjectType({ description: 'A KEM prekey. Whether it is a one-time or the last-resort key does not show.' })
export class KemPreKey {
  @Field(() => Int, { description: keyIdDescription })
  keyId!: number;

  @Field(() => KemAlgorithm, { description: 'Which KEM the key is for.' })
  algorithm!: KemAlgorithm;

  @Field(() => Bytes, {
    description: 'KEM public key: 1568 bytes; SIGNAL: 1569, the first one 0x08 (KYBER_1024) or 0x0A (ML_KEM_1024).',
  })
  publicKey!: Buffer;

  @Field(() => Bytes, { description: signatureDescription })
  signature!: Buffer;
}

@ObjectType({ description: 'What one needs to write to a device for the first time.' })
export class KeyBundle {
  @Field(() => ID, { description: 'UUID of the device.' })
  deviceId!: string;

  @Field(() => Int, { description: '1 to 16380: tells a device set up anew.' })
  registrationId!: number;

  @Field(() => KeyProfile, { description: 'Which family of keys these are.' })
  profile!: KeyProfile;

  @Field(() => Bytes, { description: 'ED25519: 32 bytes; SIGNAL: 33, the first one 0x05.' })
  identityKey!: Buffer;

  @Field(() => SignedPreKey, { description: 'The signed prekey of the moment.' })
  signedPreKey!: SignedPreKey;

  @Field(() => EcPreKey, { nullable: true, description: 'Null when none is left: go on without one.' })
  oneTimePreKey?: EcPreKey | null;

  @Field(() => KemPreKey, { nullable: true, description: 'Null only for ED25519 devices that have none.' })
  kemPreKey?: KemPreKey | null;
}

import { Field, ID, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import { Bytes } from '../graphql/bytes.scalar.js';
import { KeyProfile } from './key-profile.js';

registerEnumType(KeyProfile, {
  name: 'KeyProfile',
  description: 'Which family of keys a device publishes.',
  valuesMap: {
    ED25519: {
      description: 'Ed25519 identity (RFC 8032), raw X25519 prekeys (RFC 7748), raw ML-KEM-1024 prekeys (FIPS 203).',
    },
    SIGNAL: { description: 'Keys exactly as libsignal serialises them: each begins with a type byte.' },
  },
});

@ObjectType({ description: 'One installation of a client: the holder of one identity key.' })
export class Device {
  @Field(() => ID, { description: 'UUID.' })
  id!: string;

  @Field(() => ID, { description: 'UUID of the account it belongs to.' })
  accountId!: string;

  @Field(() => KeyProfile, { description: 'Which family of keys it publishes.' })
  profile!: KeyProfile;

  @Field(() => Int, { description: '1 to 16380, chosen by the client: tells a device set up anew.' })
  registrationId!: number;

  @Field(() => Bytes, {
    description: 'Never changes. ED25519: 32 bytes; SIGNAL: 33, the first one 0x05. Compare it out of band.',
  })
  identityKey!: Buffer;

  @Field(() => Bytes, {
    nullable: true,
    description: 'The name of the device, encrypted by it: 16 to 256 bytes. Null when it has none.',
  })
  sealedName?: Buffer | null;

  @Field({ description: 'False once it was deactivated, which is for ever.' })
  active!: boolean;

  @Field({ description: 'When it was registered.' })
  createdAt!: Date;
}

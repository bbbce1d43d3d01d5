import { Field, InputType } from '@nestjs/graphql';
import { z } from 'zod';
import { newPassword, username } from '../auth/credentials.js';
import { DeviceKeysInput } from '../keys/device.inputs.js';
import { emailAddress } from './email-address.js';

@InputType({ description: 'A new account and its first device.' })
export class RegisterInput {
  static readonly rules = z.object({
    username,
    password: newPassword,
    email: emailAddress.nullish(),
    device: DeviceKeysInput.rules,
  });

  @Field({
    description: '3 to 32 of a–z, 0–9, `_`, `.`, `-`. Upper case is taken as lower case. Taken: CONFLICT, NAME_TAKEN.',
  })
  username!: string;

  @Field({
    description: '10 to 128 characters (code points), any text without NUL. Kept as an Argon2id hash.',
  })
  password!: string;

  @Field(() => String, {
    nullable: true,
    description: 'An address of at most 254 characters. Only a keyed hash of it is kept: nothing can be sent to it.',
  })
  email?: string | null;

  @Field({ description: 'The keys of the first device.' })
  device!: DeviceKeysInput;
}

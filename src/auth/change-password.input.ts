import { Field, InputType } from '@nestjs/graphql';
import { z } from 'zod';
import { eitherKindOfCode, givenPassword, newPassword } from './credentials.js';

@InputType({ description: 'The old password and the new one.' })
export class ChangePasswordInput {
  static readonly rules = z.object({
    currentPassword: givenPassword,
    newPassword,
    totpCode: eitherKindOfCode.nullish(),
  });

  @Field({ description: 'At most 128 characters (code points), without NUL.' })
  currentPassword!: string;

  @Field({ description: '10 to 128 characters (code points), any text without NUL.' })
  newPassword!: string;

  @Field(() => String, {
    nullable: true,
    description: 'Where `Account.totpEnabled`: 6 digits of the authenticator app, or a recovery code.',
  })
  totpCode?: string | null;
}

import { Field, InputType } from '@nestjs/graphql';
import { z } from 'zod';
import { eitherKindOfCode, givenPassword } from '../auth/credentials.js';

@InputType({ description: 'What deleting the viewer’s account needs.' })
export class DeleteAccountInput {
  static readonly rules = z.object({ password: givenPassword, totpCode: eitherKindOfCode.nullish() });

  @Field({ description: 'At most 128 characters (code points), without NUL.' })
  password!: string;

  @Field(() => String, {
    nullable: true,
    description: 'Where `Account.totpEnabled`: 6 digits of the authenticator app, or a recovery code.',
  })
  totpCode?: string | null;
}

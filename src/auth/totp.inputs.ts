import { Field, InputType } from '@nestjs/graphql';
import { z } from 'zod';
import { eitherKindOfCode, givenPassword } from './credentials.js';

@InputType({ description: 'What turning off codes needs.' })
export class DisableTotpInput {
  static readonly rules = z.object({ password: givenPassword, totpCode: eitherKindOfCode });

  @Field({ description: 'At most 128 characters (code points), without NUL.' })
  password!: string;

  @Field({ description: '6 digits of the authenticator app, or a recovery code when that is lost.' })
  totpCode!: string;
}

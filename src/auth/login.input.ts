import { Field, ID, InputType } from '@nestjs/graphql';
import { z } from 'zod';
import { uuid } from '../graphql/input-rules.js';
import { givenPassword, recoveryCode, totpCode, username } from './credentials.js';

@InputType({ description: 'Who logs in.' })
export class LoginInput {
  static readonly rules = z
    .object({
      username,
      password: givenPassword,
      totpCode: totpCode.nullish(),
      recoveryCode: recoveryCode.nullish(),
      deviceId: uuid.nullish(),
    })
    .refine((input) => typeof input.totpCode !== 'string' || typeof input.recoveryCode !== 'string', {
      path: ['recoveryCode'],
      message: 'Needs at most one of "totpCode" and "recoveryCode".',
    });

  @Field({ description: '3 to 32 of a–z, 0–9, `_`, `.`, `-`; upper and lower case are the same.' })
  username!: string;

  @Field({ description: 'At most 128 characters (code points), without NUL.' })
  password!: string;

  @Field(() => String, {
    nullable: true,
    description:
      '6 digits of the authenticator app, where `Account.totpEnabled`. Each is good for one use, within 30 seconds of its time.',
  })
  totpCode?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'A recovery code instead: 16 of A–Z and 2–7; spaces, hyphens and case do not matter. Good for one use.',
  })
  recoveryCode?: string | null;

  @Field(() => ID, {
    nullable: true,
    description:
      'UUID of the active device of this account that the session is for. Without one the session can read the account, and `registerDevice` binds it.',
  })
  deviceId?: string | null;
}

import { Field, ID, InputType } from '@nestjs/graphql';
import { z } from 'zod';
import { uuid } from '../graphql/input-rules.js';
import { givenPassword, username } from './credentials.js';

@InputType({ description: 'Who logs in.' })
export class LoginInput {
  static readonly rules = z.object({ username, password: givenPassword, deviceId: uuid.nullish() });

  @Field({ description: '3 to 32 of a–z, 0–9, `_`, `.`, `-`; upper and lower case are the same.' })
  username!: string;

  @Field({ description: 'At most 128 characters (code points), without NUL.' })
  password!: string;

  @Field(() => ID, {
    nullable: true,
    description:
      'UUID of the active device of this account that the session is for. Without one the session can read the account, and `registerDevice` binds it.',
  })
  deviceId?: string | null;
}

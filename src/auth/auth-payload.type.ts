import { Field, ObjectType } from '@nestjs/graphql';
import { Account } from './account.type.js';

@ObjectType({ description: 'A session’s fresh tokens, and whose they are.' })
export class AuthPayload {
  @Field({
    description:
      'JWT (RFC 7519, ES256) for `Authorization: Bearer …` and for `connection_init`. Keys: `/.well-known/jwks.json`.',
  })
  accessToken!: string;

  @Field({ description: 'When `accessToken` stops working: 15 minutes after it was issued.' })
  accessTokenExpiresAt!: Date;

  @Field({
    description:
      '43 characters. `refreshSession` takes it once and gives the next one; keep it as safe as a password. Using it again later ends the session.',
  })
  refreshToken!: string;

  @Field({ description: 'When `refreshToken` stops working: 30 days after it was issued.' })
  refreshTokenExpiresAt!: Date;

  @Field({ description: 'The account that is logged in.' })
  account!: Account;

  /** Not a field: the keys module, on the right, answers `device` from it. */
  deviceId!: string | null;
}

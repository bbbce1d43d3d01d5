import { Field, ObjectType } from '@nestjs/graphql';

@ObjectType({ description: 'A secret for an authenticator app, shown this once. `confirmTotp` puts it into force.' })
export class TotpEnrollment {
  @Field({ description: '160 bits in base32 (RFC 4648), 32 characters, to type in by hand.' })
  secret!: string;

  @Field({
    description: 'The same as `otpauth://totp/…`, for a QR code that the client draws: SHA-1, 6 digits, 30 seconds.',
  })
  otpauthUri!: string;
}

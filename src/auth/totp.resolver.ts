import { Args, Mutation, Resolver } from '@nestjs/graphql';
import { badInput } from '../errors/lethe-error.js';
import { givenPassword, totpCode as codeRule } from './credentials.js';
import { DisableTotpInput } from './totp.inputs.js';
import { Totp } from './totp.service.js';
import { TotpEnrollment } from './totp-enrollment.type.js';
import { CurrentViewer, type Viewer } from './viewer.js';

@Resolver()
export class TotpResolver {
  constructor(private readonly totp: Totp) {}

  @Mutation(() => TotpEnrollment, {
    description:
      'Makes a secret for an authenticator app (RFC 6238). Nothing changes until `confirmTotp`; beginning again makes another one. Wrong password: UNAUTHENTICATED, BAD_CREDENTIALS. Codes are asked for already: CONFLICT, TOTP_ENABLED. At most 10 passwords and codes an hour in a session: RATE_LIMITED.',
  })
  beginTotp(
    @CurrentViewer() viewer: Viewer,
    @Args('password', { description: 'At most 128 characters (code points), without NUL.' }) password: string,
  ): Promise<TotpEnrollment> {
    if (!givenPassword.safeParse(password).success) throw badInput('password', 'Needs at most 128 characters.');
    return this.totp.begin(viewer, password);
  }

  @Mutation(() => [String], {
    description:
      'Puts the secret into force: from now on logging in needs a code. Gives 10 recovery codes, this once; each stands in for one code. Wrong code: UNAUTHENTICATED, BAD_CREDENTIALS. Nothing begun: CONFLICT, TOTP_NOT_BEGUN. At most 10 passwords and codes an hour in a session: RATE_LIMITED.',
  })
  confirmTotp(
    @CurrentViewer() viewer: Viewer,
    @Args('totpCode', { description: '6 digits that the authenticator app shows for the secret.' }) totpCode: string,
  ): Promise<string[]> {
    if (!codeRule.safeParse(totpCode).success) throw badInput('totpCode', 'Needs 6 digits.');
    return this.totp.confirm(viewer, totpCode);
  }

  @Mutation(() => Boolean, {
    description:
      'Asks for codes no more, and forgets the secret and the recovery codes. Wrong password or code: UNAUTHENTICATED, BAD_CREDENTIALS. No codes are asked for: CONFLICT, TOTP_NOT_BEGUN. At most 10 passwords and codes an hour in a session: RATE_LIMITED. Otherwise true.',
  })
  disableTotp(
    @CurrentViewer() viewer: Viewer,
    @Args('input', { description: 'Password and code.' }) input: DisableTotpInput,
  ): Promise<boolean> {
    return this.totp.disable(viewer, input);
  }
}

import { Args, Mutation, Resolver } from '@nestjs/graphql';
import { AuthPayload } from './auth-payload.type.js';
import { ChangePasswordInput } from './change-password.input.js';
import { PasswordChange } from './password-change.service.js';
import { CurrentViewer, type Viewer } from './viewer.js';

@Resolver()
export class PasswordChangeResolver {
  constructor(private readonly passwordChange: PasswordChange) {}

  @Mutation(() => AuthPayload, {
    description:
      'Sets a new password. Every other session of the account ends, and their sockets close (4401) within a second; this one goes on with the tokens given. Wrong password or code: UNAUTHENTICATED, BAD_CREDENTIALS; no code where one is needed: TOTP_REQUIRED. At most 10 passwords and codes an hour in a session: RATE_LIMITED.',
  })
  changePassword(
    @CurrentViewer() viewer: Viewer,
    @Args('input', { description: 'The old password and the new one.' }) input: ChangePasswordInput,
  ): Promise<AuthPayload> {
    return this.passwordChange.change(viewer, input);
  }
}

import { Args, Context, Mutation, Query, Resolver } from '@nestjs/graphql';
import { IdArg } from '../graphql/input-rules.js';
import { AuthPayload } from './auth-payload.type.js';
import { LoginInput } from './login.input.js';
import { Public } from './public.js';
import { Refreshing } from './refreshing.service.js';
import { Session } from './session.type.js';
import { Sessions } from './sessions.service.js';
import { CurrentViewer, type Viewer } from './viewer.js';

@Resolver()
export class SessionsResolver {
  constructor(
    private readonly sessions: Sessions,
    private readonly refreshing: Refreshing,
  ) {}

  @Query(() => [Session], {
    name: 'sessions',
    description: 'The sessions of the viewer’s account, the last used first.',
  })
  async list(@CurrentViewer() viewer: Viewer): Promise<Session[]> {
    const rows = await this.sessions.list(viewer);
    return rows.map((row) => ({ ...row, current: row.id === viewer.sessionId }));
  }

  @Public()
  @Mutation(() => AuthPayload, {
    description:
      'Opens a session. Unknown username and wrong password get the same answer: UNAUTHENTICATED, BAD_CREDENTIALS; so does a wrong or used code. With the right password and no code where one is needed: TOTP_REQUIRED. With the right password, a `deviceId` that is not an active device of the account: NOT_FOUND. From one address at most 5 tries a minute and 60 a day for a username, and 100 an hour for all; at most 10 codes an hour for an account: RATE_LIMITED.',
  })
  login(
    @Args('input', { description: 'Who logs in, and with which device.' }) input: LoginInput,
    @Context('address') address: string,
  ): Promise<AuthPayload> {
    return this.sessions.login(input, address);
  }

  @Public()
  @Mutation(() => AuthPayload, {
    description:
      'Goes on with a session: uses up the refresh token and gives the next one. For 10 seconds the same token gives the same next one, for an answer that got lost or tabs that refresh at once; after that its use ends the session: UNAUTHENTICATED, TOKEN_REUSED. Unknown, or of a session that ended: TOKEN_INVALID. Past its time: SESSION_EXPIRED.',
  })
  refreshSession(
    @Args('refreshToken', { description: 'The newest refresh token of the session, 43 characters.' })
    refreshToken: string,
    @Context('address') address: string,
  ): Promise<AuthPayload> {
    return this.refreshing.refresh(refreshToken, address);
  }

  @Mutation(() => Boolean, {
    description:
      'Ends the session, or every session of the account. Their tokens are refused and their sockets close (4401) within a second. Always true.',
  })
  logout(
    @CurrentViewer() viewer: Viewer,
    @Args('everywhere', {
      type: () => Boolean,
      nullable: true,
      defaultValue: false,
      description: 'Whether every session of the account ends, this one included.',
    })
    everywhere: boolean | null,
  ): Promise<boolean> {
    return this.sessions.logout(viewer, everywhere === true);
  }

  @Mutation(() => Boolean, {
    description:
      'Ends one session of the viewer’s account, as `logout` does. Not one of theirs, or ended already: NOT_FOUND. Otherwise true.',
  })
  revokeSession(
    @CurrentViewer() viewer: Viewer,
    @IdArg('id', { description: 'UUID of the session.' }) id: string,
  ): Promise<boolean> {
    return this.sessions.revoke(viewer, id);
  }
}

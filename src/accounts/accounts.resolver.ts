import { Inject } from '@nestjs/common';
import { Args, Context, Mutation, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { Account } from '../auth/account.type.js';
import { AccountRole, roleOf } from '../auth/account-role.js';
import { AuthPayload } from '../auth/auth-payload.type.js';
import { Public } from '../auth/public.js';
import { User } from '../auth/user.type.js';
import { CurrentViewer, type Viewer } from '../auth/viewer.js';
import { SETTINGS, type Settings } from '../config/settings.js';
import { IdArg } from '../graphql/input-rules.js';
import { AccountDeletion } from './account-deletion.service.js';
import { Accounts } from './accounts.service.js';
import { DeleteAccountInput } from './delete-account.input.js';
import { RegisterInput } from './register.input.js';
import { UpdateAccountInput } from './update-account.input.js';

@Resolver(() => Account)
export class AccountsResolver {
  constructor(
    private readonly accounts: Accounts,
    private readonly deletion: AccountDeletion,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  @Public()
  @Mutation(() => AuthPayload, {
    description:
      'Makes an account with its first device and opens a session on it, all or nothing. Username taken: CONFLICT, NAME_TAKEN. Keys that do not hold: BAD_USER_INPUT with BAD_KEY, BAD_SIGNATURE, BAD_KEY_ID or TOO_FEW_KEYS.',
  })
  register(
    @Args('input', { description: 'The account and the keys of its first device.' }) input: RegisterInput,
    @Context('address') address: string,
  ): Promise<AuthPayload> {
    return this.accounts.register(input, address);
  }

  @Mutation(() => Boolean, {
    description:
      'Deletes the viewer’s account for good: sessions, devices, keys, security events and memberships; sockets close (4401) within a second. It leaves its channels as `leaveChannel` does, direct ones too. What was posted stays, and nobody can tell whose it is; in membership changes a random id takes the account’s place, another one in each channel. The username is free again. Wrong password or code: UNAUTHENTICATED, BAD_CREDENTIALS; no code where one is needed: TOTP_REQUIRED. At most 10 passwords and codes an hour in a session: RATE_LIMITED. Otherwise true.',
  })
  deleteAccount(
    @CurrentViewer() viewer: Viewer,
    @Args('input', { description: 'Password and code.' }) input: DeleteAccountInput,
  ): Promise<boolean> {
    return this.deletion.delete(viewer, input);
  }

  @Mutation(() => Account, {
    description: 'Changes settings of the viewer’s account; what is left out stays as it is.',
  })
  updateAccount(
    @CurrentViewer() viewer: Viewer,
    @Args('input', { description: 'What to change.' }) input: UpdateAccountInput,
  ): Promise<Account> {
    return this.accounts.update(viewer, input);
  }

  @Query(() => Account, { description: 'The viewer’s own account.' })
  me(@CurrentViewer() viewer: Viewer): Promise<Account> {
    return this.accounts.own(viewer);
  }

  @Query(() => User, {
    nullable: true,
    description:
      'Somebody by id or by username: exactly one of the two, else BAD_USER_INPUT. Null when there is nobody.',
  })
  user(
    @IdArg('id', { nullable: true, description: 'UUID of the account.' }) id?: string | null,
    @Args('username', {
      type: () => String,
      nullable: true,
      description: '3 to 32 of a–z, 0–9, `_`, `.`, `-`; upper and lower case are the same.',
    })
    username?: string | null,
  ): Promise<User | null> {
    return this.accounts.find(id, username);
  }

  @ResolveField(() => AccountRole)
  role(@Parent() account: Account): AccountRole {
    return roleOf(account, this.settings);
  }
}

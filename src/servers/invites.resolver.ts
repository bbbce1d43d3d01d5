import { Args, Mutation, Parent, ResolveField, Resolver } from '@nestjs/graphql';
import { CurrentViewer, type Viewer } from '../auth/viewer.js';
import { IdArg } from '../graphql/input-rules.js';
import { Invite } from './invite.type.js';
import { Invites } from './invites.service.js';
import { CreateInviteInput } from './server.inputs.js';
import { Server } from './server.type.js';

@Resolver(() => Server)
export class InvitesResolver {
  constructor(private readonly invites: Invites) {}

  @ResolveField('invites', () => [Invite], {
    description:
      'Invites that still work, newest first, at most 100, without their codes. Empty for who may not manage invites (OWNER, ADMIN).',
  })
  invitesOf(@Parent() server: Server) {
    return this.invites.list(server);
  }

  @Mutation(() => Invite, {
    description:
      'Makes a way into a server (OWNER, ADMIN), and shows its code, this once. 100 that work already: LIMIT_REACHED, TOO_MANY_INVITES.',
  })
  createInvite(
    @CurrentViewer() viewer: Viewer,
    @Args('input', { description: 'Where to, and for how many and how long.' }) input: CreateInviteInput,
  ) {
    return this.invites.create(viewer, input);
  }

  @Mutation(() => Boolean, {
    description: 'Makes an invite stop working at once (OWNER, ADMIN). Who came by it stays. Always true.',
  })
  revokeInvite(@CurrentViewer() viewer: Viewer, @IdArg('id', { description: 'The invite; not its code.' }) id: string) {
    return this.invites.revoke(viewer, id);
  }

  @Mutation(() => Server, {
    description:
      'Joins a server by an invite, as a MEMBER. A code of nothing, or revoked: NOT_FOUND; past its time or used up: EXPIRED, INVITE_EXPIRED; the server full: LIMIT_REACHED, TOO_MANY_MEMBERS; in 200 servers already: TOO_MANY_SERVERS. Who is a member gets the server, and no use is taken. 60 codes an hour: RATE_LIMITED.',
  })
  joinServer(
    @CurrentViewer() viewer: Viewer,
    @Args('inviteCode', {
      type: () => String,
      description: '22 characters of base64url, as `createInvite` showed them.',
    })
    inviteCode: string,
  ) {
    return this.invites.join(viewer, inviteCode);
  }
}

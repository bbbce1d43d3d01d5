import { Args, Int, Mutation, Parent, ResolveField, Resolver } from '@nestjs/graphql';
import { CurrentViewer, type Viewer } from '../auth/viewer.js';
import { Cursor } from '../graphql/cursor.scalar.js';
import { IdArg, pageSize } from '../graphql/input-rules.js';
import { ServerMemberInput, SetServerRoleInput } from './server.inputs.js';
import { Server, ServerMember, ServerMemberConnection } from './server.type.js';
import { ServerMembers } from './server-members.service.js';

@Resolver(() => Server)
export class ServerMembersResolver {
  constructor(private readonly members: ServerMembers) {}

  @ResolveField('members', () => ServerMemberConnection, { description: 'Who is in the server.' })
  membersOf(
    @Parent() server: Server,
    @Args('first', { type: () => Int, nullable: true, defaultValue: 50, description: '1 to 100.' })
    first: number | null,
    @Args('after', { type: () => Cursor, nullable: true, description: '`endCursor` of the page before.' })
    after?: string | null,
  ) {
    return this.members.list(server.id, pageSize(first, 100, 'first') ?? 50, after);
  }

  @Mutation(() => ServerMember, {
    description:
      'Gives a member another role. One ranks only those below oneself, and to a role below one’s own: the OWNER anybody, an ADMIN to MODERATOR or MEMBER; otherwise FORBIDDEN, RIGHT_MISSING. The OWNER may make somebody the OWNER, and becomes an ADMIN. No member: NOT_FOUND.',
  })
  setServerRole(
    @CurrentViewer() viewer: Viewer,
    @Args('input', { description: 'Whose role, where, and which.' }) input: SetServerRoleInput,
  ) {
    return this.members.setRole(viewer, input);
  }

  @Mutation(() => Boolean, {
    description:
      'Removes a member who ranks below the viewer (OWNER, ADMIN, MODERATOR), from the server and all its channels: an entry REMOVED in each, the last one they receive there. Always true.',
  })
  removeServerMember(
    @CurrentViewer() viewer: Viewer,
    @Args('input', { description: 'Whom to remove, and where.' }) input: ServerMemberInput,
  ) {
    return this.members.remove(viewer, input);
  }

  @Mutation(() => Boolean, {
    description:
      'Leaves a server and all its channels: an entry LEFT in each. An OWNER hands over first, or deletes the server when alone: CONFLICT, OWNER_MUST_HAND_OVER. Always true.',
  })
  leaveServer(@CurrentViewer() viewer: Viewer, @IdArg('id', { description: 'The server.' }) id: string) {
    return this.members.leave(viewer, id);
  }
}

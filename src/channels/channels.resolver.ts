import { Args, Int, Mutation, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { CurrentViewer, type Viewer } from '../auth/viewer.js';
import { Cursor } from '../graphql/cursor.scalar.js';
import { IdArg, pageSize } from '../graphql/input-rules.js';
import { ChannelMemberInput, CreateGroupInput, SetChannelRoleInput } from './channel.inputs.js';
import { Channel, ChannelConnection, ChannelMember, ChannelMemberConnection } from './channel.type.js';
import { Channels } from './channels.service.js';
import { Members } from './members.service.js';

const firstArgument = { type: () => Int, nullable: true, defaultValue: 50, description: '1 to 100.' };
const afterArgument = { type: () => Cursor, nullable: true, description: '`endCursor` of the page before.' };

@Resolver(() => Channel)
export class ChannelsResolver {
  constructor(
    private readonly channels: Channels,
    private readonly members: Members,
  ) {}

  @Query(() => Channel, { description: 'A channel the viewer is a member of; otherwise NOT_FOUND.' })
  channel(@CurrentViewer() viewer: Viewer, @IdArg('id', { description: 'The channel.' }) id: string) {
    return this.channels.get(viewer, id);
  }

  @Query(() => ChannelConnection, {
    name: 'channels',
    description: 'The channels the viewer is a member of, newest first.',
  })
  list(
    @CurrentViewer() viewer: Viewer,
    @Args('first', firstArgument) first: number | null,
    @Args('after', afterArgument) after?: string | null,
  ) {
    return this.channels.list(viewer, pageSize(first, 100, 'first') ?? 50, after);
  }

  @Mutation(() => Channel, {
    description: 'The direct channel with another account, made when there is none yet. Unknown account: NOT_FOUND.',
  })
  openDirect(@CurrentViewer() viewer: Viewer, @IdArg('userId', { description: 'The other account.' }) userId: string) {
    return this.channels.openDirect(viewer, userId);
  }

  @Mutation(() => Channel, {
    description: 'The viewer’s own channel between their devices, made when there is none yet.',
  })
  openNotes(@CurrentViewer() viewer: Viewer) {
    return this.channels.openNotes(viewer);
  }

  @Mutation(() => Channel, {
    description:
      'Makes a group; the viewer is its OWNER. Founding members have no entry in the log. More than 1,500: LIMIT_REACHED, TOO_MANY_MEMBERS; an unknown account: NOT_FOUND.',
  })
  createGroup(
    @CurrentViewer() viewer: Viewer,
    @Args('input', { description: 'Whom the group begins with.' }) input: CreateGroupInput,
  ) {
    return this.channels.createGroup(viewer, input);
  }

  @Mutation(() => Channel, {
    description:
      'Adds an account to a group (OWNER, ADMIN): entry JOINED. It sees the log from that entry on. Full: LIMIT_REACHED, TOO_MANY_MEMBERS; member already: CONFLICT, ALREADY_A_MEMBER.',
  })
  addChannelMember(
    @CurrentViewer() viewer: Viewer,
    @Args('input', { description: 'Whom to add, and where.' }) input: ChannelMemberInput,
  ) {
    return this.members.add(viewer, input);
  }

  @Mutation(() => Channel, {
    description:
      'Removes a member from a group (OWNER: anybody; ADMIN: members): entry REMOVED, the last one they receive. `minEpoch` rises to the new epoch.',
  })
  removeChannelMember(
    @CurrentViewer() viewer: Viewer,
    @Args('input', { description: 'Whom to remove, and where.' }) input: ChannelMemberInput,
  ) {
    return this.members.remove(viewer, input);
  }

  @Mutation(() => Boolean, {
    description:
      'Leaves a group: entry LEFT. An OWNER hands over to whoever has been an ADMIN, else a member, for longest.',
  })
  leaveChannel(@CurrentViewer() viewer: Viewer, @IdArg('id', { description: 'A group.' }) id: string) {
    return this.members.leave(viewer, id);
  }

  @Mutation(() => ChannelMember, { description: 'Sets the role of a member of a group (OWNER).' })
  setChannelRole(
    @CurrentViewer() viewer: Viewer,
    @Args('input', { description: 'Whose role, where, and which.' }) input: SetChannelRoleInput,
  ) {
    return this.members.setRole(viewer, input);
  }

  @ResolveField(() => Boolean, { description: 'Whether one needs to be added; always true outside servers.' })
  isPrivate() {
    return true;
  }

  @ResolveField('members', () => ChannelMemberConnection, { description: 'Who takes part.' })
  membersOf(
    @Parent() channel: Channel,
    @Args('first', firstArgument) first: number | null,
    @Args('after', afterArgument) after?: string | null,
  ) {
    return this.members.list(channel.id, pageSize(first, 100, 'first') ?? 50, after);
  }
}

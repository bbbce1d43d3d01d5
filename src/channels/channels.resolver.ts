import { Args, Int, Mutation, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { CurrentViewer, type Viewer } from '../auth/viewer.js';
import { Cursor } from '../graphql/cursor.scalar.js';
import { IdArg, pageSize } from '../graphql/input-rules.js';
import { requireJoined } from './channel.access.js';
import { ChannelMemberInput, CreateGroupInput, SetChannelRoleInput, UpdateChannelInput } from './channel.inputs.js';
import { Channel, ChannelConnection, ChannelMember, ChannelMemberConnection } from './channel.type.js';
import type { ChannelState } from './channels.queries.js';
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

  @Query(() => Channel, {
    description:
      'A channel the viewer is a member of, or one of their servers that they may join or manage; otherwise NOT_FOUND. Of one they are not in, asking for `members` or `messages` is FORBIDDEN, NOT_JOINED.',
  })
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
      'Changes a channel: one of a server (OWNER, ADMIN of the server), a group (OWNER, ADMIN), a direct channel (both), one’s notes. Nobody is told; whoever asks next sees it.',
  })
  updateChannel(
    @CurrentViewer() viewer: Viewer,
    @Args('input', { description: 'The channel, and what is to be different.' }) input: UpdateChannelInput,
  ) {
    return this.channels.update(viewer, input);
  }

  @Mutation(() => Boolean, {
    description:
      'Deletes a channel of a server (OWNER, ADMIN of the server) or a group (OWNER) with all that is in it, for good. Who follows it is told NOT_FOUND; a feed goes on without it. Always true.',
  })
  deleteChannel(@CurrentViewer() viewer: Viewer, @IdArg('id', { description: 'The channel.' }) id: string) {
    return this.channels.delete(viewer, id);
  }

  @Mutation(() => Channel, {
    description:
      'Joins a channel of a server one is in: entry JOINED; the log is seen from that entry on. A private one that the viewer does not see: NOT_FOUND. Who is in it already gets it as it is. In groups one is added: FORBIDDEN.',
  })
  joinChannel(@CurrentViewer() viewer: Viewer, @IdArg('id', { description: 'The channel.' }) id: string) {
    return this.members.join(viewer, id);
  }

  @Mutation(() => Channel, {
    description:
      'Adds an account to a group (OWNER, ADMIN), or a member of the server to its channel (OWNER, ADMIN, MODERATOR of the server): entry JOINED. It sees the log from that entry on. No such account, or not in the server: NOT_FOUND; full: LIMIT_REACHED, TOO_MANY_MEMBERS; member already: CONFLICT, ALREADY_A_MEMBER.',
  })
  addChannelMember(
    @CurrentViewer() viewer: Viewer,
    @Args('input', { description: 'Whom to add, and where.' }) input: ChannelMemberInput,
  ) {
    return this.members.add(viewer, input);
  }

  @Mutation(() => Channel, {
    description:
      'Removes a member who ranks below the viewer, from a group (OWNER, ADMIN) or a channel of a server (OWNER, ADMIN, MODERATOR of the server): entry REMOVED, the last one they receive. `minEpoch` rises to the new epoch.',
  })
  removeChannelMember(
    @CurrentViewer() viewer: Viewer,
    @Args('input', { description: 'Whom to remove, and where.' }) input: ChannelMemberInput,
  ) {
    return this.members.remove(viewer, input);
  }

  @Mutation(() => Boolean, {
    description:
      'Leaves a group or a channel of a server: entry LEFT. An OWNER of a group hands over to whoever has been an ADMIN, else a member, for longest; when the last one leaves, the group is deleted.',
  })
  leaveChannel(@CurrentViewer() viewer: Viewer, @IdArg('id', { description: 'The channel.' }) id: string) {
    return this.members.leave(viewer, id);
  }

  @Mutation(() => ChannelMember, {
    description:
      'Sets the role of a member of a group (OWNER). In a channel of a server: FORBIDDEN, SERVER_CHANNEL, because roles there are those in the server.',
  })
  setChannelRole(
    @CurrentViewer() viewer: Viewer,
    @Args('input', { description: 'Whose role, where, and which.' }) input: SetChannelRoleInput,
  ) {
    return this.members.setRole(viewer, input);
  }

  @ResolveField('members', () => ChannelMemberConnection, {
    description: 'Who takes part. Not in it oneself: FORBIDDEN, NOT_JOINED.',
  })
  membersOf(
    @Parent() channel: ChannelState,
    @Args('first', firstArgument) first: number | null,
    @Args('after', afterArgument) after?: string | null,
  ) {
    requireJoined(channel);
    return this.members.list(channel.id, pageSize(first, 100, 'first') ?? 50, after);
  }
}

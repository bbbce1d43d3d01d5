import { Args, ID, Int, Mutation, Parent, Query, ResolveField, Resolver, Subscription } from '@nestjs/graphql';
import { CurrentViewer, type Viewer } from '../auth/viewer.js';
import { requireJoined } from '../channels/channel.access.js';
import { Channel } from '../channels/channel.type.js';
import type { ChannelState } from '../channels/channels.queries.js';
import { Cursor } from '../graphql/cursor.scalar.js';
import { IdArg, InputListArg, pageSize } from '../graphql/input-rules.js';
import { Following } from './following.service.js';
import { History } from './history.service.js';
import { LogPage, Message, MessageConnection, PostedMessage } from './log.type.js';
import { ChannelCursorInput, PostMessageInput } from './message.inputs.js';
import { Posting } from './posting.service.js';

const MOST_CURSORS = 1_000;

const count = (description: string) => ({ type: () => Int, nullable: true, description });
const cursor = (description: string) => ({ type: () => Cursor, nullable: true, description });

@Resolver(() => Channel)
export class MessagesResolver {
  constructor(
    private readonly posting: Posting,
    private readonly history: History,
    private readonly following: Following,
  ) {}

  @Mutation(() => PostedMessage, {
    description:
      'Appends a message to a channel’s log. When this answers, the message is committed with its place. Not a member: NOT_FOUND, or FORBIDDEN, NOT_JOINED, in a channel of a server that the viewer could join. UNAVAILABLE leaves the outcome open: post again with the same `clientMessageId`.',
  })
  postMessage(
    @CurrentViewer() viewer: Viewer,
    @Args('input', { description: 'The message.' }) input: PostMessageInput,
  ) {
    return this.posting.post(viewer, input);
  }

  @Query(() => LogPage, { description: 'A page of a channel’s log after a cursor; without one, from the beginning.' })
  channelLog(
    @CurrentViewer() viewer: Viewer,
    @IdArg('channelId', { description: 'The channel.' }) channelId: string,
    @Args('after', cursor('`cursor` of the page before.')) after: string | null | undefined,
    @Args('first', {
      type: () => Int,
      nullable: true,
      defaultValue: 100,
      description: '1 to 100 entries; a page of large bodies holds fewer.',
    })
    first: number | null,
  ) {
    return this.history.page(viewer, channelId, after, pageSize(first, 100, 'first') ?? 100);
  }

  @Query(() => Message, { description: 'One message. Expired, retracted or not theirs: NOT_FOUND.' })
  message(@CurrentViewer() viewer: Viewer, @Args('id', { type: () => ID, description: 'The entry.' }) id: string) {
    return this.history.message(viewer, id);
  }

  @ResolveField(() => MessageConnection, {
    description:
      'Messages alone, oldest first. `first` and `after` go forward, `last` and `before` back; 1 to 100, by default 50, the last ones unless `after` is given. Not in the channel: FORBIDDEN, NOT_JOINED.',
  })
  messages(
    @CurrentViewer() viewer: Viewer,
    @Parent() channel: ChannelState,
    @Args('first', count('How many from the beginning, or after `after`.')) first?: number | null,
    @Args('after', cursor('Only what comes after it.')) after?: string | null,
    @Args('last', count('How many up to the head, or before `before`.')) last?: number | null,
    @Args('before', cursor('Only what comes before it.')) before?: string | null,
  ) {
    requireJoined(channel);
    const window = { first: pageSize(first, 100, 'first'), last: pageSize(last, 100, 'last'), after, before };
    return this.history.messages(viewer, channel.id, window);
  }

  @Subscription(() => LogPage, {
    name: 'channelLog',
    description:
      'Replays the channel’s log after the cursor, then follows it live, without a gap. No cursor: from now on. Ends with the entry by which the viewer leaves, and with NOT_FOUND when the channel is deleted.',
  })
  followChannel(
    @CurrentViewer() viewer: Viewer,
    @IdArg('channelId', { description: 'The channel.' }) channelId: string,
    @Args('after', cursor('The cursor stored with the last page.')) after?: string | null,
  ) {
    return this.following.channel(viewer, channelId, after);
  }

  @Subscription(() => LogPage, {
    description:
      'The same for every channel the viewer is in, present and future, on one subscription. No `after`: from now on. With `after`, channels that are not in it are told from where the viewer joined.',
  })
  feed(
    @CurrentViewer() viewer: Viewer,
    @InputListArg('after', ChannelCursorInput, MOST_CURSORS, {
      nullable: true,
      description: 'At most 1,000 cursors, one a channel.',
    })
    after?: ChannelCursorInput[] | null,
  ) {
    return this.following.feed(viewer, after);
  }
}

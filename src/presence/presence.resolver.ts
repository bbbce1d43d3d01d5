import { Args, Mutation, Query, Resolver, Subscription } from '@nestjs/graphql';
import { CurrentViewer, type Viewer } from '../auth/viewer.js';
import { IdArg, IdListArg } from '../graphql/input-rules.js';
import { PresenceWatch } from './presence.live.js';
import { PresenceService } from './presence.service.js';
import { Presence, PresenceStatus } from './presence.type.js';
import { SendTypingInput } from './typing.input.js';
import { TypingService } from './typing.service.js';
import { Typing } from './typing.type.js';

const MOST_WATCHED = 100;
const watched = { description: 'UUIDs of accounts, at most 100.' };

@Resolver(() => Presence)
export class PresenceResolver {
  constructor(
    private readonly presences: PresenceService,
    private readonly watch: PresenceWatch,
    private readonly typings: TypingService,
  ) {}

  @Mutation(() => Presence, {
    description:
      'Says how present the viewer is at this session, and answers as others see it. A session with an open socket is ONLINE unless it says AWAY; one without is there for 60 s after it has said so. OFFLINE hides the whole account, over restarts, until one of its sessions says ONLINE or AWAY. At most 30 a minute and account: RATE_LIMITED.',
  })
  setPresence(
    @CurrentViewer() viewer: Viewer,
    @Args('status', { type: () => PresenceStatus, description: 'ONLINE, AWAY, or OFFLINE to be invisible.' })
    status: PresenceStatus,
    @Args('showLastActive', {
      type: () => Boolean,
      nullable: true,
      description:
        'Whether others see `lastActiveAt`. False also deletes what is stored of it. Null leaves it as it is; at first it is shown.',
    })
    showLastActive?: boolean | null,
  ): Promise<Presence> {
    return this.presences.set(viewer, status, showLastActive ?? null);
  }

  @Query(() => [Presence], {
    description:
      'Who is there, in the order of the ids. Seen are the viewer and those who share a channel with them; anybody else, and who does not exist, is OFFLINE.',
  })
  presence(
    @CurrentViewer() viewer: Viewer,
    @IdListArg('accountIds', MOST_WATCHED, watched) accountIds: string[],
  ): Promise<Presence[]> {
    return this.presences.of(viewer, accountIds);
  }

  @Subscription(() => Presence, {
    name: 'presence',
    description:
      'How present each of the accounts, at least one, is now, then every change. Changes of one account that are not taken in time give way to its newest. A process that dies takes its sessions with it within a minute. 5,000 accounts on all subscriptions together: LIMIT_REACHED, TOO_MANY_WATCHED.',
  })
  followPresence(
    @CurrentViewer() viewer: Viewer,
    @IdListArg('accountIds', MOST_WATCHED, watched) accountIds: string[],
  ): AsyncIterableIterator<Presence> {
    return this.watch.follow(viewer, accountIds);
  }

  @Mutation(() => Boolean, {
    description:
      'Tells whoever listens in the channel that somebody types, for 6 s. Not a member: NOT_FOUND; in its server without having joined the channel: FORBIDDEN, NOT_JOINED. At most once in 3 s for each channel: RATE_LIMITED.',
  })
  sendTyping(
    @CurrentViewer() viewer: Viewer,
    @Args('input', { description: 'The channel and a token.' }) input: SendTypingInput,
  ): Promise<boolean> {
    return this.typings.send(viewer, input);
  }

  @Subscription(() => Typing, {
    description:
      'Who types in a channel, by tokens that only its members can tell apart; one’s own come too. Not a member: NOT_FOUND; in its server without having joined the channel: FORBIDDEN, NOT_JOINED. Ends when the viewer is no member any more and somebody types.',
  })
  typing(
    @CurrentViewer() viewer: Viewer,
    @IdArg('channelId', { description: 'UUID of the channel.' }) channelId: string,
  ): Promise<AsyncIterableIterator<Typing>> {
    return this.typings.follow(viewer, channelId);
  }
}

import { Args, Mutation, Parent, ResolveField, Resolver } from '@nestjs/graphql';
import { CurrentViewer, type Viewer } from '../auth/viewer.js';
import { Server } from '../servers/server.type.js';
import { CreateChannelInput } from './channel.inputs.js';
import { Channel } from './channel.type.js';
import { ServerChannels } from './server-channels.service.js';

// A type of the module on the left gains its field about channels here.
@Resolver(() => Server)
export class ServerChannelsResolver {
  constructor(private readonly channels: ServerChannels) {}

  @ResolveField('channels', () => [Channel], {
    description:
      'The channels of the server that the viewer sees, the oldest first, at most 500: open ones, private ones they are in, and all of them for who may manage channels (OWNER, ADMIN).',
  })
  list(@CurrentViewer() viewer: Viewer, @Parent() server: Server) {
    return this.channels.list(viewer, server.id);
  }

  @Mutation(() => Channel, {
    description:
      'Makes a channel of a server (OWNER, ADMIN). The viewer is in it from the beginning, without an entry in the log; others join it or are added. 500 already: LIMIT_REACHED, TOO_MANY_CHANNELS.',
  })
  createChannel(
    @CurrentViewer() viewer: Viewer,
    @Args('input', { description: 'Where, and what it is called.' }) input: CreateChannelInput,
  ) {
    return this.channels.create(viewer, input);
  }
}

import { Args, Int, Mutation, Query, Resolver } from '@nestjs/graphql';
import { CurrentViewer, type Viewer } from '../auth/viewer.js';
import { Cursor } from '../graphql/cursor.scalar.js';
import { IdArg, pageSize } from '../graphql/input-rules.js';
import { CreateServerInput, UpdateServerInput } from './server.inputs.js';
import { Server, ServerConnection } from './server.type.js';
import { Servers } from './servers.service.js';

@Resolver(() => Server)
export class ServersResolver {
  constructor(private readonly servers: Servers) {}

  @Query(() => Server, { description: 'A server the viewer is a member of; otherwise NOT_FOUND.' })
  server(@CurrentViewer() viewer: Viewer, @IdArg('id', { description: 'The server.' }) id: string) {
    return this.servers.get(viewer, id);
  }

  @Query(() => ServerConnection, {
    name: 'servers',
    description: 'The servers the viewer is a member of, newest first.',
  })
  list(
    @CurrentViewer() viewer: Viewer,
    @Args('first', { type: () => Int, nullable: true, defaultValue: 50, description: '1 to 100.' })
    first: number | null,
    @Args('after', { type: () => Cursor, nullable: true, description: '`endCursor` of the page before.' })
    after?: string | null,
  ) {
    return this.servers.list(viewer, pageSize(first, 100, 'first') ?? 50, after);
  }

  @Mutation(() => Server, {
    description:
      'Makes a server, without channels; the viewer is its OWNER. In 200 servers already: LIMIT_REACHED, TOO_MANY_SERVERS.',
  })
  createServer(
    @CurrentViewer() viewer: Viewer,
    @Args('input', { description: 'The server.' }) input: CreateServerInput,
  ) {
    return this.servers.create(viewer, input);
  }

  @Mutation(() => Server, { description: 'Changes a server (OWNER, ADMIN).' })
  updateServer(
    @CurrentViewer() viewer: Viewer,
    @Args('input', { description: 'The server, and what is to be different.' }) input: UpdateServerInput,
  ) {
    return this.servers.update(viewer, input);
  }

  @Mutation(() => Boolean, {
    description:
      'Deletes a server with its channels, members and invites, for good (OWNER). Who follows a channel of it is told NOT_FOUND; a feed goes on without them. Always true.',
  })
  deleteServer(@CurrentViewer() viewer: Viewer, @IdArg('id', { description: 'The server.' }) id: string) {
    return this.servers.delete(viewer, id);
  }
}

import { Args, Int, Query, Resolver } from '@nestjs/graphql';
import { Cursor } from '../graphql/cursor.scalar.js';
import { pageSize } from '../graphql/input-rules.js';
import { SecurityEventConnection } from './security-event.type.js';
import { SecurityEvents } from './security-events.service.js';
import { CurrentViewer, type Viewer } from './viewer.js';

@Resolver()
export class SecurityEventsResolver {
  constructor(private readonly events: SecurityEvents) {}

  @Query(() => SecurityEventConnection, {
    name: 'securityEvents',
    description: 'What happened to the viewer’s account in the last 90 days, the newest first.',
  })
  list(
    @CurrentViewer() viewer: Viewer,
    @Args('first', { type: () => Int, nullable: true, defaultValue: 50, description: '1 to 100.' })
    first: number | null,
    @Args('after', { type: () => Cursor, nullable: true, description: 'A cursor of this list.' })
    after?: string | null,
  ): Promise<SecurityEventConnection> {
    return this.events.list(viewer, pageSize(first, 100, 'first') ?? 50, after);
  }
}

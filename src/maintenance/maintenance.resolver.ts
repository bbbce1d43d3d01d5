import { Args, Int, Mutation, Query, Resolver } from '@nestjs/graphql';
import { CurrentViewer, type Viewer } from '../auth/viewer.js';
import { Cursor } from '../graphql/cursor.scalar.js';
import { pageSize } from '../graphql/input-rules.js';
import { Chore, ChoreRun, ChoreRunConnection } from './chore.type.js';
import { RunChoreInput } from './chore.inputs.js';
import { Chores } from './chores.service.js';
import { RelayFigures } from './relay-stats.service.js';
import { RelayStats } from './relay-stats.type.js';

const adminsOnly = 'Admins only; others: FORBIDDEN, ADMIN_ONLY.';

@Resolver()
export class MaintenanceResolver {
  constructor(
    private readonly chores: Chores,
    private readonly figures: RelayFigures,
  ) {}

  @Query(() => [Chore], { name: 'chores', description: `All chores, with their newest run. ${adminsOnly}` })
  list(@CurrentViewer() viewer: Viewer): Promise<Chore[]> {
    return this.chores.list(viewer);
  }

  @Query(() => ChoreRunConnection, {
    name: 'choreRuns',
    description: `Runs of the last 90 days, the newest first. ${adminsOnly}`,
  })
  runs(
    @CurrentViewer() viewer: Viewer,
    @Args('name', { type: () => String, nullable: true, description: 'Of this chore alone.' })
    name: string | null | undefined,
    @Args('first', { type: () => Int, nullable: true, defaultValue: 50, description: '1 to 100.' })
    first: number | null,
    @Args('after', { type: () => Cursor, nullable: true, description: 'A cursor of this list.' })
    after?: string | null,
  ): Promise<ChoreRunConnection> {
    return this.chores.runs(viewer, name, pageSize(first, 100, 'first') ?? 50, after);
  }

  @Query(() => RelayStats, { name: 'relayStats', description: `How much there is on the relay. ${adminsOnly}` })
  stats(@CurrentViewer() viewer: Viewer): Promise<RelayStats> {
    return this.figures.stats(viewer);
  }

  @Mutation(() => ChoreRun, {
    name: 'runChore',
    description: `Runs a chore now, or with \`dryRun\` says what it would come to. While the chore is being run: SKIPPED. What takes longer than 5 seconds is answered as RUNNING and goes on. ${adminsOnly}`,
  })
  run(
    @CurrentViewer() viewer: Viewer,
    @Args('input', { description: 'Which.' }) input: RunChoreInput,
  ): Promise<ChoreRun> {
    return this.chores.run(viewer, input);
  }
}

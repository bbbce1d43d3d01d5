import { Field, ID, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import { PageInfo } from '../graphql/page-info.type.js';

export enum ChoreOutcome {
  RUNNING = 'RUNNING',
  SUCCEEDED = 'SUCCEEDED',
  FAILED = 'FAILED',
  SKIPPED = 'SKIPPED',
}

registerEnumType(ChoreOutcome, {
  name: 'ChoreOutcome',
  description: 'How a run of a chore went.',
  valuesMap: {
    RUNNING: { description: 'It is under way.' },
    SUCCEEDED: { description: 'It did all that was due.' },
    FAILED: { description: 'It ended early. What it had done by then stays done; the next run goes on from there.' },
    SKIPPED: { description: 'It was asked for by hand while it was running, and did nothing.' },
  },
});

/** Why a run failed. */
export const choreErrors = {
  SHUTTING_DOWN: 'the process was asked to stop',
  PROCESS_ENDED: 'the process ended without a word',
  DATABASE_DOWN: 'PostgreSQL was lost',
  OVERLOADED: 'PostgreSQL was too busy, even for a small batch',
  INTERNAL_SERVER_ERROR: 'unforeseen, the log tells',
};

@ObjectType({ description: 'One run of a chore. Kept for 90 days.' })
export class ChoreRun {
  @Field(() => ID, { description: 'UUID of the run.' })
  id!: string;

  @Field({ description: 'Name of the chore.' })
  chore!: string;

  @Field(() => ChoreOutcome, { description: 'How it went.' })
  outcome!: ChoreOutcome;

  @Field({ description: 'Whether it only counted and changed nothing.' })
  dryRun!: boolean;

  @Field(() => Int, {
    description: 'Rows it has erased or deleted, or devices it has told, up to now; of a dry run, how many were due.',
  })
  affected!: number;

  @Field({ description: 'When it began.' })
  startedAt!: Date;

  @Field(() => Date, { nullable: true, description: 'When it ended; null while it runs.' })
  finishedAt!: Date | null;

  @Field(() => String, {
    nullable: true,
    description: `Why it failed: ${Object.entries(choreErrors)
      .map(([code, why]) => `${code} (${why})`)
      .join(', ')}. Null unless it did.`,
  })
  error!: string | null;
}

@ObjectType({ description: 'A page of runs.' })
export class ChoreRunConnection {
  @Field(() => [ChoreRun], { description: 'Runs, the newest first.' })
  nodes!: ChoreRun[];

  @Field(() => PageInfo, { description: 'Where the page stands.' })
  pageInfo!: PageInfo;
}

@ObjectType({ description: 'Work the relay does by itself, on a clock.' })
export class Chore {
  @Field({ description: 'Its name, as `runChore` takes it.' })
  name!: string;

  @Field({ description: 'What it does and why.' })
  description!: string;

  @Field({
    description: 'When it is due: minute, hour, day of month, month, day of week, as cron writes them, in UTC.',
  })
  schedule!: string;

  @Field(() => ChoreRun, {
    nullable: true,
    description: 'The newest run of any kind; null: there is none in the last 90 days.',
  })
  lastRun!: ChoreRun | null;
}

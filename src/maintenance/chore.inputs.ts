import { Field, InputType } from '@nestjs/graphql';
import { z } from 'zod';
import { chores } from './chores.js';

export const choreName = z.string().refine((name) => chores.some((chore) => chore.name === name), 'No such chore.');

@InputType({ description: 'A chore to run now.' })
export class RunChoreInput {
  static readonly rules = z.object({ name: choreName, dryRun: z.boolean().nullish() });

  @Field({ description: 'One of the names that `chores` lists.' })
  name!: string;

  @Field(() => Boolean, {
    nullable: true,
    defaultValue: false,
    description: 'Only count what is due, and change nothing.',
  })
  dryRun?: boolean | null;
}

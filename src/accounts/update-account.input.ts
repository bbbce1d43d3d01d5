import { Field, InputType } from '@nestjs/graphql';
import { z } from 'zod';

@InputType({ description: 'Settings of an account. What is left out, or null, stays as it is.' })
export class UpdateAccountInput {
  static readonly rules = z.object({ readReceipts: z.boolean().nullish() });

  @Field(() => Boolean, {
    nullable: true,
    description:
      'Whether others see what the account has read, and it sees what they have. Off takes what they see away at once; on shows the place reached by then.',
  })
  readReceipts?: boolean | null;
}

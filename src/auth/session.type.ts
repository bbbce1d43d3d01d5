import { Field, ID, ObjectType } from '@nestjs/graphql';

@ObjectType({ description: 'One login of the viewer’s account.' })
export class Session {
  @Field(() => ID, { description: 'UUID. `revokeSession` ends it.' })
  id!: string;

  @Field(() => ID, { nullable: true, description: 'The device it is bound to; null when it logged in without one.' })
  deviceId?: string | null;

  @Field({ description: 'Whether this very request came from it.' })
  current!: boolean;

  @Field({ description: 'When it logged in.' })
  createdAt!: Date;

  @Field({ description: 'When it logged in or was last refreshed.' })
  lastUsedAt!: Date;

  @Field({ description: 'When it ends unless it is refreshed before: 30 days after `lastUsedAt`.' })
  expiresAt!: Date;
}

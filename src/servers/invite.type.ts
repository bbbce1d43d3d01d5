import { Field, ID, Int, ObjectType } from '@nestjs/graphql';

@ObjectType({ description: 'A way into a server. Who made it and who came by it is not recorded.' })
export class Invite {
  @Field(() => ID, { description: 'UUIDv7, for `revokeInvite`. It lets nobody in.' })
  id!: string;

  @Field(() => String, {
    nullable: true,
    description:
      'What `joinServer` takes: 22 characters of base64url, 128 random bits. Only `createInvite` shows it; null ever after, because the relay keeps a hash.',
  })
  code?: string | null;

  @Field(() => Int, { nullable: true, description: 'How many accounts may join by it, 1 to 10,000; null: any number.' })
  maxUses!: number | null;

  @Field(() => Int, { description: 'How many accounts have joined by it.' })
  uses!: number;

  @Field(() => Date, { nullable: true, description: 'When it stops working; null: when it is revoked or used up.' })
  expiresAt!: Date | null;

  @Field({ description: 'When it was made.' })
  createdAt!: Date;
}

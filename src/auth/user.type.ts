import { Field, ID, ObjectType } from '@nestjs/graphql';

@ObjectType({ description: 'An account as anybody with an account sees it.' })
export class User {
  @Field(() => ID, { description: 'UUID of the account.' })
  id!: string;

  @Field({ description: '3 to 32 of a–z, 0–9, `_`, `.`, `-`, in lower case. Unique.' })
  username!: string;
}

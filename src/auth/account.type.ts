import { Field, ID, ObjectType } from '@nestjs/graphql';
import { AccountRole } from './account-role.js';

@ObjectType({ description: 'The viewer’s own account. Others see a `User`.' })
export class Account {
  @Field(() => ID, { description: 'UUID. The same as the `User.id` that others see.' })
  id!: string;

  @Field({ description: '3 to 32 of a–z, 0–9, `_`, `.`, `-`, in lower case. Unique.' })
  username!: string;

  @Field(() => AccountRole, { description: 'What the account may do beside using the relay.' })
  role!: AccountRole;

  @Field({
    description:
      'Whether an email address was given. The relay keeps a keyed hash of it and cannot show or write to it.',
  })
  hasEmail!: boolean;

  @Field({ description: 'Whether logging in needs a code of an authenticator app beside the password.' })
  totpEnabled!: boolean;

  @Field({
    description:
      'Whether others see what the account has read, and it sees what they have; both or neither. Set by `updateAccount`.',
  })
  readReceipts!: boolean;

  @Field({ description: 'When the account was registered.' })
  createdAt!: Date;
}

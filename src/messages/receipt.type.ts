import { Field, ID, Int, ObjectType, registerEnumType } from '@nestjs/graphql';

export enum MessageStatus {
  SENT = 'SENT',
  DELIVERED = 'DELIVERED',
  READ = 'READ',
}

registerEnumType(MessageStatus, {
  name: 'MessageStatus',
  description: 'How far a message has come with everybody else who was a member when it was posted, and is.',
  valuesMap: {
    SENT: { description: 'The relay has it.' },
    DELIVERED: { description: 'All of them have received it.' },
    READ: { description: 'All of them have read it.' },
  },
});

@ObjectType({ description: 'How far a member has come in a channel.' })
export class Receipt {
  @Field(() => ID, { description: 'The member.' })
  accountId!: string;

  @Field(() => Int, { nullable: true, description: 'Everything up to this place was received; null: nothing yet.' })
  deliveredSeq!: number | null;

  @Field(() => Int, {
    nullable: true,
    description:
      'Everything up to this place was read; null: nothing yet, or the member or the viewer has read receipts off.',
  })
  readSeq!: number | null;
}

@ObjectType({ description: 'Receipts of one channel that have moved.' })
export class ReceiptPage {
  @Field(() => ID, { description: 'The channel.' })
  channelId!: string;

  @Field(() => [Receipt], { description: 'As they are now, one a member, at most 100.' })
  receipts!: Receipt[];
}

import { Field, ID, Int, ObjectType } from '@nestjs/graphql';
import { Bytes } from '../graphql/bytes.scalar.js';
import { Cursor } from '../graphql/cursor.scalar.js';

@ObjectType({ description: 'What became of a delivery.' })
export class Delivery {
  @Field(() => Int, {
    description:
      'How many envelopes were taken: all of them. Stored ones are committed. Of ephemeral ones it does not say whether a device was listening; nobody learns that by delivering.',
  })
  accepted!: number;

  @Field({
    description:
      'Whether this delivery had been made before, and nothing was stored now. Never true of ephemeral ones, which are not remembered.',
  })
  duplicate!: boolean;
}

@ObjectType({ description: 'Something sealed for one device. From whom, only the device can tell.' })
export class Envelope {
  @Field(() => ID, { description: 'Stands for the device and the position together; of an ephemeral one, for itself.' })
  id!: string;

  @Field(() => Int, {
    description: 'The place in the device’s queue: 1, 2, 3 … 0: ephemeral, so it has none.',
  })
  position!: number;

  @Field(() => Bytes, { description: 'Ciphertext of 256 to 65,536 bytes, in one of nine sizes.' })
  sealedBody!: Buffer;

  @Field({ description: 'When the relay gave it its position, or passed it on.' })
  createdAt!: Date;

  @Field({
    description:
      '30 days later: then it goes, acknowledged or not. Of an ephemeral one: `createdAt`, since nothing keeps it.',
  })
  expiresAt!: Date;
}

@ObjectType({ description: 'One page of a device’s mailbox after a cursor.' })
export class MailboxPage {
  @Field(() => [Envelope], {
    description:
      'In the order of their positions; at most 100, and about 1 MiB of bodies. Ephemeral ones come on pages of their own, at most 16 on one.',
  })
  envelopes!: Envelope[];

  @Field(() => Cursor, {
    description: 'Store it together with the envelopes. Go on with it, and acknowledge with it.',
  })
  cursor!: string;

  @Field({ description: 'Whether this page reaches the end of the queue.' })
  caughtUp!: boolean;

  @Field({
    description:
      'False: between the cursor before this page and its own, envelopes went that the device never acknowledged, because they were 30 days old or the queue was above 10,000 envelopes or 64 MiB. Ask the senders, or begin new sessions with them.',
  })
  recovered!: boolean;
}

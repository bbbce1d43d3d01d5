import { Field, ID, ObjectType } from '@nestjs/graphql';
import { Bytes } from '../graphql/bytes.scalar.js';

@ObjectType({ description: 'Somebody is typing; the relay tells nobody who. Never stored, and may be lost.' })
export class Typing {
  @Field(() => ID, { description: 'UUID of the channel.' })
  channelId!: string;

  @Field(() => Bytes, {
    description: '16 bytes that the typing client chose, and by which the members it told them to know who it is.',
  })
  token!: Buffer;

  @Field(() => Date, { description: 'Six seconds after it was sent; from then on it says nothing any more.' })
  expiresAt!: Date;
}

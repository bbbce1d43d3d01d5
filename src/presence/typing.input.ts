import { Field, ID, InputType } from '@nestjs/graphql';
import { z } from 'zod';
import { Bytes } from '../graphql/bytes.scalar.js';
import { bytes, uuid } from '../graphql/input-rules.js';

@InputType({ description: 'Somebody types in a channel.' })
export class SendTypingInput {
  static readonly rules = z.object({ channelId: uuid, token: bytes(16, 16) });

  @Field(() => ID, { description: 'UUID of the channel.' })
  channelId!: string;

  @Field(() => Bytes, {
    description:
      'Exactly 16 bytes, random. Tell the members what they stand for in a sealed message, and change them often: whoever sees the same ones twice sees the same person twice.',
  })
  token!: Buffer;
}

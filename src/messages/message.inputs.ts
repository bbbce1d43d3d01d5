import { Field, ID, InputType, Int } from '@nestjs/graphql';
import { z } from 'zod';
import { timeToLive } from '../channels/channel.inputs.js';
import { Bytes } from '../graphql/bytes.scalar.js';
import { Cursor } from '../graphql/cursor.scalar.js';
import { bytes, sealedBody, uuid } from '../graphql/input-rules.js';

const MOST_ATTACHMENTS = 10;

@InputType({ description: 'A message, sealed on the device it comes from.' })
export class PostMessageInput {
  static readonly rules = z.object({
    channelId: uuid,
    clientMessageId: uuid,
    epoch: z.number(),
    sealedBody,
    authorTag: bytes(32, 32).nullish(),
    refersTo: z.string().nullish(),
    expiresInSeconds: timeToLive.nullish(),
    attachmentIds: z
      .array(uuid)
      .max(MOST_ATTACHMENTS, `Needs at most ${MOST_ATTACHMENTS}.`)
      .refine((ids) => new Set(ids).size === ids.length, 'Needs each only once.')
      .nullish(),
  });

  @Field(() => ID, { description: 'Where to.' })
  channelId!: string;

  @Field(() => ID, {
    description:
      'Client-made UUID. Posting again with the same one never makes a second message and gives the place of the first, for 30 days; with another body or other attachments: CONFLICT, IDEMPOTENCY_KEY_REUSED.',
  })
  clientMessageId!: string;

  @Field(() => Int, {
    description:
      'The key epoch the body is sealed for: minEpoch <= epoch <= epoch of the channel. Otherwise CONFLICT, STALE_EPOCH with `epoch` and `minEpoch`.',
  })
  epoch!: number;

  @Field(() => Bytes, {
    description:
      'Ciphertext padded to 256, 512, 1,024, 2,048, 4,096, 8,192, 16,384, 32,768 or 65,536 bytes (NOT_PADDED), no UTF-8 text (NOT_SEALED).',
  })
  sealedBody!: Buffer;

  @Field(() => Bytes, {
    nullable: true,
    description:
      'SHA-256 of a secret that only the author keeps: 32 bytes. Showing the secret later proves authorship without naming the author.',
  })
  authorTag?: Buffer | null;

  @Field(() => ID, { nullable: true, description: 'The entry of the same channel that this one answers.' })
  refersTo?: string | null;

  @Field(() => Int, {
    nullable: true,
    description:
      'Seconds until the message is forgotten: 1 to 315,360,000. Null: the `defaultTtlSeconds` of the channel.',
  })
  expiresInSeconds?: number | null;

  @Field(() => [ID], {
    nullable: true,
    description:
      'At most 10 attachments of this channel, in the order in which the message lists them: uploaded by the viewer, READY, not attached yet. All of them are attached, or nothing is posted: BAD_USER_INPUT, NOT_ATTACHABLE.',
  })
  attachmentIds?: string[] | null;
}

@InputType({ description: 'Where a feed goes on in one channel.' })
export class ChannelCursorInput {
  static readonly rules = z.object({ channelId: uuid, after: z.string() });

  @Field(() => ID, {
    description: 'The channel. One the viewer is not in goes on from there once they are back in it.',
  })
  channelId!: string;

  @Field(() => Cursor, { description: 'The cursor stored with the last page of the channel.' })
  after!: string;
}

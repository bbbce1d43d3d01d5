import { Field, ID, InputType, Int } from '@nestjs/graphql';
import { z } from 'zod';
import { timeToLive } from '../channels/channel.inputs.js';
import { Bytes } from '../graphql/bytes.scalar.js';
import { Cursor } from '../graphql/cursor.scalar.js';
import { bytes, sealedBody, sealedBodyOf, uuid } from '../graphql/input-rules.js';

const RETRY_KEY =
  'Client-made UUID. Asking again with the same one never makes a second entry and gives the place of the first, for 30 days; with another body: CONFLICT, IDEMPOTENCY_KEY_REUSED.';
const EPOCH =
  'The key epoch the body is sealed for: minEpoch <= epoch <= epoch of the channel. Otherwise CONFLICT, STALE_EPOCH with `epoch` and `minEpoch`.';
const SEALED_BODY =
  'Ciphertext padded to 256, 512, 1,024, 2,048, 4,096, 8,192, 16,384, 32,768 or 65,536 bytes (NOT_PADDED), no UTF-8 text (NOT_SEALED).';

/** A place in a log. */
const place = z.number().min(0, 'Needs a place of the log, or 0.');

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

  @Field(() => ID, { description: `${RETRY_KEY} Other attachments are another body.` })
  clientMessageId!: string;

  @Field(() => Int, { description: EPOCH })
  epoch!: number;

  @Field(() => Bytes, { description: SEALED_BODY })
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

@InputType({ description: 'A reaction, sealed on the device it comes from. It ends with its message.' })
export class ReactInput {
  static readonly rules = z.object({
    channelId: uuid,
    clientMessageId: uuid,
    epoch: z.number(),
    refersTo: z.string(),
    sealedBody: sealedBodyOf(256),
    authorTag: bytes(32, 32).nullish(),
  });

  @Field(() => ID, { description: 'Where to.' })
  channelId!: string;

  @Field(() => ID, { description: RETRY_KEY })
  clientMessageId!: string;

  @Field(() => Int, { description: EPOCH })
  epoch!: number;

  @Field(() => ID, { description: 'The message of the same channel that it is a reaction to.' })
  refersTo!: string;

  @Field(() => Bytes, { description: 'Ciphertext padded to 256 bytes (NOT_PADDED), no UTF-8 text (NOT_SEALED).' })
  sealedBody!: Buffer;

  @Field(() => Bytes, {
    nullable: true,
    description:
      'SHA-256 of a secret that only the author keeps: 32 bytes. Without it nobody can take the reaction back.',
  })
  authorTag?: Buffer | null;
}

@InputType({ description: 'A new version of a message. It ends with its message.' })
export class EditMessageInput {
  static readonly rules = z.object({
    messageId: z.string(),
    clientMessageId: uuid,
    epoch: z.number(),
    sealedBody,
    authorSecret: bytes(16, 256),
  });

  @Field(() => ID, { description: 'The message, never one of its edits.' })
  messageId!: string;

  @Field(() => ID, { description: RETRY_KEY })
  clientMessageId!: string;

  @Field(() => Int, { description: EPOCH })
  epoch!: number;

  @Field(() => Bytes, { description: SEALED_BODY })
  sealedBody!: Buffer;

  @Field(() => Bytes, {
    description: 'What the `authorTag` of the message is the SHA-256 of: 16 to 256 bytes. Compared and forgotten.',
  })
  authorSecret!: Buffer;
}

@InputType({ description: 'A message or reaction to take back.' })
export class RetractInput {
  static readonly rules = z.object({ messageId: z.string(), authorSecret: bytes(16, 256).nullish() });

  @Field(() => ID, { description: 'The message or reaction.' })
  messageId!: string;

  @Field(() => Bytes, {
    nullable: true,
    description:
      'What its `authorTag` is the SHA-256 of: 16 to 256 bytes. Compared and forgotten. Null: by the right to moderate.',
  })
  authorSecret?: Buffer | null;
}

@InputType({ description: 'How far the viewer has come in a channel. At least one of the two places.' })
export class AdvanceReceiptInput {
  static readonly rules = z
    .object({ channelId: uuid, deliveredSeq: place.nullish(), readSeq: place.nullish() })
    .refine(({ deliveredSeq, readSeq }) => typeof deliveredSeq === 'number' || typeof readSeq === 'number', {
      path: ['readSeq'],
      message: 'Needs one of "deliveredSeq" and "readSeq".',
    });

  @Field(() => ID, { description: 'The channel.' })
  channelId!: string;

  @Field(() => Int, {
    nullable: true,
    description: 'Everything up to this place was received: 0 to `headSeq`. Below what was told before: no change.',
  })
  deliveredSeq?: number | null;

  @Field(() => Int, {
    nullable: true,
    description:
      'Everything up to this place was read, and so received: 0 to `headSeq`. Below what was told: no change.',
  })
  readSeq?: number | null;
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

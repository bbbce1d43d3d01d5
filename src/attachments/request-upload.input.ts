import { Field, ID, InputType, Int } from '@nestjs/graphql';
import { z } from 'zod';
import { Bytes } from '../graphql/bytes.scalar.js';
import { bytes, uuid } from '../graphql/input-rules.js';
import { isPaddedSize } from './padded-sizes.js';

@InputType({ description: 'An encrypted file that is to be uploaded.' })
export class RequestUploadInput {
  static readonly rules = z.object({
    channelId: uuid,
    size: z.number().refine(isPaddedSize, {
      message: 'Needs one of the padded sizes from 16384 to 106954752 bytes.',
      params: { reason: 'NOT_PADDED' },
    }),
    sha256: bytes(32, 32),
  });

  @Field(() => ID, { description: 'The channel in which it will be attached.' })
  channelId!: string;

  @Field(() => Int, {
    description:
      'Bytes of the encrypted file: a power of two from 16,384 to 1,048,576, above that a Padmé size, at most 106,954,752 (100 MiB of payload). Otherwise NOT_PADDED.',
  })
  size!: number;

  @Field(() => Bytes, { description: 'SHA-256 of the encrypted file: 32 bytes.' })
  sha256!: Buffer;
}

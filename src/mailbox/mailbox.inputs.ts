import { Field, ID, InputType, Int } from '@nestjs/graphql';
import { z } from 'zod';
import { Bytes } from '../graphql/bytes.scalar.js';
import { sealedBody, uuid } from '../graphql/input-rules.js';

const MOST_ENVELOPES = 10;

@InputType({ description: 'Something sealed for one device.' })
export class EnvelopeInput {
  static readonly rules = z.object({ deviceId: uuid, registrationId: z.number(), sealedBody });

  @Field(() => ID, { description: 'UUID of the device, at most once in a delivery.' })
  deviceId!: string;

  @Field(() => Int, { description: 'The registration id of the device as the sender knows it.' })
  registrationId!: number;

  @Field(() => Bytes, {
    description:
      'Ciphertext padded to 256, 512, 1,024, 2,048, 4,096, 8,192, 16,384, 32,768 or 65,536 bytes (NOT_PADDED), no UTF-8 text (NOT_SEALED).',
  })
  sealedBody!: Buffer;
}

@InputType({ description: 'One message for all devices of an account, sealed for each of them.' })
export class DeliverInput {
  static readonly rules = z.object({
    recipientId: uuid,
    clientMessageId: uuid,
    envelopes: z
      .array(EnvelopeInput.rules)
      .max(MOST_ENVELOPES, `Needs at most ${MOST_ENVELOPES} envelopes.`)
      .superRefine(holdDevicesApart),
    ephemeral: z.boolean().nullish(),
  });

  @Field(() => ID, { description: 'UUID of the account; one’s own to reach one’s other devices.' })
  recipientId!: string;

  @Field(() => ID, {
    description:
      'Client-made UUID. Delivering again with the same one to the same account never makes a second delivery, for 30 days, whether its envelopes were acknowledged meanwhile or not; with other envelopes: CONFLICT, IDEMPOTENCY_KEY_REUSED. Of an ephemeral delivery it is not remembered.',
  })
  clientMessageId!: string;

  @Field(() => [EnvelopeInput], {
    description:
      'At most 10: one for each active device of the recipient; to one’s own account, one for each but the device of the session. The request as a whole may have 256 KiB over HTTP and 128 KiB on a socket.',
  })
  envelopes!: EnvelopeInput[];

  @Field({
    nullable: true,
    defaultValue: false,
    description: 'Whether it is for now or never: handed to whoever listens at this moment, and never stored.',
  })
  ephemeral?: boolean;
}

function holdDevicesApart(envelopes: { deviceId: string }[], context: z.core.$RefinementCtx): void {
  const known = new Set<string>();
  for (const [index, { deviceId }] of envelopes.entries()) {
    if (known.has(deviceId))
      context.addIssue({
        code: 'custom',
        path: [index, 'deviceId'],
        message: 'There is an envelope for this device already.',
      });
    known.add(deviceId);
  }
}

import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { z } from 'zod';
import { SECRETS, type Secrets } from '../config/secrets.js';
import { Topics } from '../realtime/topics.js';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

const hintRules = z.object({
  /** Whose receipt moved. */
  accountId: z.string(),
  /** Whether the place of delivery moved, too, not only that of reading. */
  delivered: z.boolean(),
});

export type ReceiptHint = z.infer<typeof hintRules>;

/**
 * Tells all processes whose receipt moved. People often read on right after they have posted: who listens to Redis would
 * learn authors by the time, so the hint is sealed for the relay's own processes (AES-256-GCM under the server key).
 */
@Injectable()
export class ReceiptHints {
  private readonly key: Buffer;

  constructor(
    private readonly topics: Topics,
    @Inject(SECRETS) secrets: Secrets,
  ) {
    this.key = secrets.keyedHash('receipt hints');
  }

  publish(channelId: string, hint: ReceiptHint): void {
    this.topics.publish('receipts-advanced', { channelId, sealedHint: this.seal(hint) });
  }

  on(hear: (channelId: string, hint: ReceiptHint) => void): void {
    this.topics.on('receipts-advanced', ({ channelId, sealedHint }) => {
      const hint = this.open(sealedHint);
      if (hint) hear(channelId, hint);
    });
  }

  private seal(hint: ReceiptHint): string {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.key, nonce);
    const sealed = [nonce, cipher.update(JSON.stringify(hint)), cipher.final(), cipher.getAuthTag()];
    return Buffer.concat(sealed).toString('base64');
  }

  /** Undefined: not from this relay. */
  private open(sealedHint: string): ReceiptHint | undefined {
    const sealed = Buffer.from(sealedHint, 'base64');
    try {
      const decipher = createDecipheriv('aes-256-gcm', this.key, sealed.subarray(0, NONCE_BYTES), {
        authTagLength: TAG_BYTES,
      });
      decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
      const text = Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
      return hintRules.parse(JSON.parse(text.toString()));
    } catch {
      return undefined;
    }
  }
}

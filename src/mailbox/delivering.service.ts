import { Inject, Injectable } from '@nestjs/common';
import type { Viewer } from '../auth/viewer.js';
import { Clock } from '../config/clock.js';
import { SECRETS, type Secrets } from '../config/secrets.js';
import { LetheError, notFound } from '../errors/lethe-error.js';
import { newId } from '../graphql/new-id.js';
import { Limits } from '../limits/limits.service.js';
import { Topics } from '../realtime/topics.js';
import {
  type Addressed,
  DeliverQueries,
  type DeliveryVerdict,
  type GrownQueue,
  type Mismatch,
} from './deliver.queries.js';
import { forgetKeyOn } from './losing.queries.js';
import type { DeliverInput } from './mailbox.inputs.js';
import { MailboxQueries, MOST_BYTES, MOST_ENVELOPES } from './mailbox.queries.js';
import type { Delivery } from './mailbox.type.js';

/** Each time a device has come or gone since the statement began. */
const MOST_ATTEMPTS = 5;

/** Takes envelopes in. The viewer is asked for and forgotten: what is written does not name them. */
@Injectable()
export class Delivering {
  constructor(
    private readonly queries: DeliverQueries,
    private readonly mailboxes: MailboxQueries,
    private readonly topics: Topics,
    private readonly limits: Limits,
    private readonly clock: Clock,
    @Inject(SECRETS) private readonly secrets: Secrets,
  ) {}

  async deliver(viewer: Viewer, input: DeliverInput): Promise<Delivery> {
    const { recipientId, envelopes } = input;
    await this.limits.take('deliveries', viewer.accountId);
    await this.limits.take('deliveriesToOne', `${viewer.accountId} ${recipientId}`);
    // Ids of devices are never used twice, so it makes no difference when the recipient is somebody else.
    const addressed = { recipientId, exceptDeviceId: viewer.deviceId ?? null, envelopes };
    const duplicate = input.ephemeral ? await this.whisper(addressed) : await this.store(viewer, addressed, input);
    return { accepted: envelopes.length, duplicate };
  }

  private async store({ accountId }: Viewer, addressed: Addressed, input: DeliverInput): Promise<boolean> {
    const { recipientId, clientMessageId } = input;
    const keyHash = this.secrets.keyedHash('delivery', accountId, recipientId, clientMessageId);
    const contentHash = this.secrets.keyedHash('delivered', ...contentOf(addressed));
    for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
      const at = this.clock.now();
      const verdict = await this.attempt({ ...addressed, keyHash, contentHash, at, forgetKeyOn: forgetKeyOn(at) });
      if (verdict.outcome !== 'again') return this.answer(verdict);
      await this.queries.makeQueues(recipientId);
    }
    throw new LetheError('UNAVAILABLE', 'The devices of the recipient are changing. Try again.', {
      reason: 'OVERLOADED',
    });
  }

  private async attempt(delivery: Parameters<DeliverQueries['deliver']>[0]): Promise<DeliveryVerdict> {
    try {
      return await this.queries.deliver(delivery);
    } catch (error) {
      // The same delivery was made at the same moment, and all of this one was taken back; now it is found there.
      if ((error as { constraint?: unknown }).constraint === 'mailbox_retry_keys_pkey') return { outcome: 'again' };
      throw error;
    }
  }

  /** Whether it was stored before. */
  private async answer(verdict: Exclude<DeliveryVerdict, { outcome: 'again' }>): Promise<boolean> {
    switch (verdict.outcome) {
      case 'delivered':
        await this.tell(verdict.grown);
        return false;
      case 'duplicate':
        return true;
      case 'absent':
        throw notFound();
      case 'reused':
        throw new LetheError('CONFLICT', 'This clientMessageId was used for other envelopes.', {
          reason: 'IDEMPOTENCY_KEY_REUSED',
        });
      case 'mismatch':
        throw deviceMismatch(verdict);
    }
  }

  /** After the commit. */
  private async tell(grown: GrownQueue[]): Promise<void> {
    if (grown.length === 0) return;
    const heads = grown.map(({ deviceId, position }): [string, number] => [deviceId, position]);
    setImmediate(() => this.topics.publish('mailbox-grew', { heads }));
    const full = grown.filter(({ envelopes, bytes }) => envelopes > MOST_ENVELOPES || bytes > MOST_BYTES);
    // What was delivered stays delivered if this fails; the next delivery finds the queue too full again.
    if (full.length > 0) await this.mailboxes.dropOldest(full.map(({ deviceId }) => deviceId)).catch(() => undefined);
  }

  private async whisper(addressed: Addressed): Promise<false> {
    const mismatch = await this.queries.match(addressed);
    if (!mismatch) throw notFound();
    if (Object.values(mismatch).some((ids: string[]) => ids.length > 0)) throw deviceMismatch(mismatch);
    const at = this.clock.now();
    const envelopes = addressed.envelopes.map(({ deviceId, sealedBody }) => ({
      id: newId(at),
      deviceId,
      sealedBody: sealedBody.toString('base64'),
      at: at.toISOString(),
    }));
    if (envelopes.length > 0) setImmediate(() => this.topics.publish('mailbox-whisper', { envelopes }));
    return false;
  }
}

/** The same for the same envelopes, in whatever order. */
const contentOf = ({ envelopes }: Addressed): (string | Buffer)[] =>
  envelopes
    .toSorted((one, other) => (one.deviceId < other.deviceId ? -1 : 1))
    .flatMap(({ deviceId, registrationId, sealedBody }) => [deviceId, String(registrationId), sealedBody]);

const deviceMismatch = ({ missing, extra, stale }: Mismatch) =>
  new LetheError('CONFLICT', 'The envelopes are not for exactly the devices of the recipient.', {
    reason: 'DEVICE_MISMATCH',
    missing,
    extra,
    stale,
  });

import type { Envelope } from './mailbox.type.js';
import { KEPT_MS } from './losing.queries.js';
import type { QueueRows, StoredEnvelope } from './mailbox.queries.js';
import { entryId } from '../realtime/entry-id.js';

/** A stretch of a queue as its device may see it. */
export interface MailboxSlice {
  envelopes: Envelope[];
  /** The last position the slice speaks of; the next one starts after it. */
  toPosition: number;
  caughtUp: boolean;
  /** Whether nothing of what it speaks of went without having been acknowledged. */
  recovered: boolean;
}

/**
 * Every position after the one asked for is an envelope, or was acknowledged, or is told as lost. One that is none of
 * them would be an envelope lost in silence, so it is an error instead. Without `after`: what is not acknowledged.
 */
export function mailboxSlice(deviceId: string, after: number | undefined, queue: QueueRows, now: Date): MailboxSlice {
  const { lastPosition, acknowledgedPosition, lostPosition } = queue;
  const from = after ?? acknowledgedPosition;
  let recovered = from >= lostPosition;
  let at = Math.max(from, acknowledgedPosition, lostPosition);
  const envelopes: Envelope[] = [];
  for (const stored of queue.envelopes) {
    if (stored.position !== at + 1)
      throw new Error(`A mailbox has ${stored.position} after ${at} and nothing between.`);
    const envelope = envelopeOf(deviceId, stored);
    // Past its time, whether the sweep has come by already or not.
    if (envelope.expiresAt <= now) recovered = false;
    else envelopes.push(envelope);
    at = stored.position;
  }
  if (queue.envelopes.length === 0 && at < lastPosition)
    throw new Error(`A mailbox has nothing from ${at + 1} to its end.`);
  return { envelopes, toPosition: at, caughtUp: at >= lastPosition, recovered };
}

const envelopeOf = (deviceId: string, { position, sealed_body, created_at }: StoredEnvelope): Envelope => ({
  id: entryId(deviceId, position),
  position,
  sealedBody: sealed_body,
  createdAt: created_at,
  expiresAt: new Date(created_at.getTime() + KEPT_MS),
});

import { Inject, Injectable } from '@nestjs/common';
import type { Viewer } from '../auth/viewer.js';
import { ChannelAccess } from '../channels/channel.access.js';
import { SECRETS, type Secrets } from '../config/secrets.js';
import { badInput, LetheError, notFound } from '../errors/lethe-error.js';
import { Limits } from '../limits/limits.service.js';
import { entryId, placeOfEntry } from '../realtime/entry-id.js';
import { Appender } from './appender.js';
import type { Verdict } from './append.queries.js';
import type { PostedMessage } from './log.type.js';
import type { PostMessageInput } from './message.inputs.js';

/** Takes messages in. The viewer is asked for and forgotten: what is written does not name them. */
@Injectable()
export class Posting {
  constructor(
    private readonly access: ChannelAccess,
    private readonly appender: Appender,
    private readonly limits: Limits,
    @Inject(SECRETS) private readonly secrets: Secrets,
  ) {}

  async post(viewer: Viewer, input: PostMessageInput): Promise<PostedMessage> {
    const { accountId } = viewer;
    await this.limits.take('posts', accountId);
    const { channelId } = input;
    const verdict = await this.appender.append({
      channelId,
      accountId,
      clientMessageId: input.clientMessageId,
      senderScope: this.secrets.keyedHash('sender', accountId, channelId),
      epoch: input.epoch,
      sealedBody: input.sealedBody,
      authorTag: input.authorTag ?? null,
      refersTo: seqReferredTo(input),
      ttlSeconds: input.expiresInSeconds ?? null,
    });
    // Asks only who was refused: they may be in the channel's server and see that it exists.
    if (verdict.outcome === 'absent') await this.access.require(viewer, 'post', channelId);
    return posted(channelId, verdict);
  }
}

function seqReferredTo({ refersTo, channelId }: PostMessageInput): number | null {
  if (refersTo === null || refersTo === undefined) return null;
  const place = placeOfEntry(refersTo, 'input.refersTo');
  if (place.channelId !== channelId) throw badInput('input.refersTo', 'An entry of another channel.');
  return place.seq;
}

function posted(channelId: string, verdict: Exclude<Verdict, { outcome: 'again' }>): PostedMessage {
  switch (verdict.outcome) {
    case 'placed':
    case 'duplicate': {
      const { seq, createdAt, outcome } = verdict;
      return { id: entryId(channelId, seq), seq, createdAt, duplicate: outcome === 'duplicate' };
    }
    case 'absent':
      throw notFound();
    case 'dangling':
      throw badInput('input.refersTo', 'No such entry in this channel.');
    case 'reused':
      throw new LetheError('CONFLICT', 'This clientMessageId was used for another body.', {
        reason: 'IDEMPOTENCY_KEY_REUSED',
      });
    case 'stale': {
      const { epoch, minEpoch } = verdict;
      throw new LetheError('CONFLICT', `Seal for an epoch from ${minEpoch} to ${epoch}.`, {
        reason: 'STALE_EPOCH',
        epoch,
        minEpoch,
      });
    }
  }
}

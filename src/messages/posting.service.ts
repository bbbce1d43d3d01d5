import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { uploaderScope } from '../attachments/uploader-scope.js';
import type { Viewer } from '../auth/viewer.js';
import { SECRETS, type Secrets } from '../config/secrets.js';
import { badInput, LetheError, notFound } from '../errors/lethe-error.js';
import { Limits } from '../limits/limits.service.js';
import { entryId, placeOfEntry } from '../realtime/entry-id.js';
import { Appender } from './appender.js';
import type { Draft, Verdict } from './append.queries.js';
import type { PostedMessage } from './log.type.js';
import type { PostMessageInput } from './message.inputs.js';

/** Takes messages in. The viewer is asked for and forgotten: what is written does not name them. */
@Injectable()
export class Posting {
  constructor(
    private readonly appender: Appender,
    private readonly limits: Limits,
    @Inject(SECRETS) private readonly secrets: Secrets,
  ) {}

  async post({ accountId }: Viewer, input: PostMessageInput): Promise<PostedMessage> {
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
      ...this.attachmentsOf(accountId, input.attachmentIds ?? []),
    });
    return posted(channelId, verdict);
  }

  private attachmentsOf(accountId: string, ids: string[]): Pick<Draft, 'attachments'> {
    if (ids.length === 0) return {};
    const files = ids.map((id) => ({ id, uploaderScope: uploaderScope(this.secrets, accountId, id) }));
    return { attachments: { digest: createHash('sha256').update(ids.join()).digest(), files } };
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
    case 'unattachable':
      throw badInput(
        'input.attachmentIds',
        'Each must be of this channel, uploaded by you, READY, not older than 24 hours, and not attached yet.',
        'NOT_ATTACHABLE',
      );
    case 'reused':
      throw new LetheError('CONFLICT', 'This clientMessageId was used for another body or other attachments.', {
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

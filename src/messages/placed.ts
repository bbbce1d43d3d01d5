import { badInput, LetheError, notFound } from '../errors/lethe-error.js';
import { entryId } from '../realtime/entry-id.js';
import type { Decision, Refusal } from './append.queries.js';
import type { PostedMessage } from './log.type.js';

/** The answer to whoever posted. `at`: the field that says what an entry refers to, as an error names it. */
export function placed(channelId: string, decision: Decision, at: string): PostedMessage {
  const { outcome } = decision;
  if (outcome === 'placed' || outcome === 'duplicate') {
    const { seq, createdAt } = decision;
    return { id: entryId(channelId, seq), seq, createdAt, duplicate: outcome === 'duplicate' };
  }
  if (outcome !== 'stale') throw refusals[outcome](at);
  const { epoch, minEpoch } = decision;
  const reason = 'STALE_EPOCH';
  throw new LetheError('CONFLICT', `Seal for an epoch from ${minEpoch} to ${epoch}.`, { reason, epoch, minEpoch });
}

export const noAuthorTag = () =>
  new LetheError('FORBIDDEN', 'It was posted without an authorTag.', { reason: 'NO_AUTHOR_TAG' });

export const wrongAuthorSecret = () =>
  new LetheError('FORBIDDEN', 'This is not the secret of its author.', { reason: 'WRONG_AUTHOR_SECRET' });

export const messageExpired = () =>
  new LetheError('EXPIRED', 'The message is past its time.', { reason: 'MESSAGE_EXPIRED' });

const refusals: Record<Refusal, (at: string) => LetheError> = {
  absent: notFound,
  dangling: (at) => badInput(at, 'No such entry in this channel.'),
  'no message': (at) => badInput(at, 'Not a message.'),
  expired: messageExpired,
  retracted: () => new LetheError('CONFLICT', 'The message was retracted.', { reason: 'RETRACTED' }),
  untagged: noAuthorTag,
  unproven: wrongAuthorSecret,
  full: (at) =>
    at === 'input.messageId'
      ? new LetheError('LIMIT_REACHED', 'The message was edited as often as it may be.', { reason: 'TOO_MANY_EDITS' })
      : new LetheError('LIMIT_REACHED', 'The message has as many reactions as it may have.', {
          reason: 'TOO_MANY_REACTIONS',
        }),
  unattachable: () =>
    badInput(
      'input.attachmentIds',
      'Each must be of this channel, uploaded by you, READY, not older than 24 hours, and not attached yet.',
      'NOT_ATTACHABLE',
    ),
  reused: () =>
    new LetheError('CONFLICT', 'This clientMessageId was used for another body or other attachments.', {
      reason: 'IDEMPOTENCY_KEY_REUSED',
    }),
};

import { ChannelKind } from '../channels/channel-kind.js';
import { MessageStatus } from './receipt.type.js';
import type { MemberReceipt } from './receipts.queries.js';

/**
 * What the others' receipts say of a message. Those count who were members when it was posted, and still are. Of whom
 * does not show what they have read, nobody knows that they did; who does not show it sees nobody's.
 */
export function statusOf(seq: number, viewerId: string, receipts: MemberReceipt[]): MessageStatus {
  const viewer = receipts.find(({ accountId }) => accountId === viewerId);
  const others = receipts.filter(({ accountId, joinedSeq }) => accountId !== viewerId && joinedSeq < seq);
  // Notes have no other reader; elsewhere nobody is left who could say anything.
  if (others.length === 0) return viewer?.kind === ChannelKind.NOTES ? MessageStatus.READ : MessageStatus.SENT;
  if (viewer?.readReceipts && others.every(({ readReceipts, readSeq }) => readReceipts && readSeq >= seq))
    return MessageStatus.READ;
  return others.every(({ deliveredSeq }) => deliveredSeq >= seq) ? MessageStatus.DELIVERED : MessageStatus.SENT;
}

import type { ChannelTruth, Membership } from './truth.js';

/** When an account was in a channel, as places of the channel's log. */
export class MembershipsOf {
  readonly stretches: Membership[];

  constructor(channel: ChannelTruth, accountId: string) {
    this.stretches = channel.memberships
      .filter((membership) => membership.accountId === accountId)
      .sort((one, other) => one.joinedSeq - other.joinedSeq);
  }

  /** Both the entry that let the account in and the one that let it go belong to its time. */
  covers(seq: number): boolean {
    return this.stretches.some(({ joinedSeq, leftSeq }) => joinedSeq <= seq && (leftSeq === null || seq <= leftSeq));
  }

  /** Whether any place of the range belongs to the account's time. */
  meets(fromSeq: number, toSeq: number): boolean {
    return this.stretches.some(
      ({ joinedSeq, leftSeq }) => joinedSeq <= toSeq && (leftSeq === null || fromSeq <= leftSeq),
    );
  }

  /** Whether the account could write there: after it was let in and before it was let go. */
  mayWriteAt(seq: number): boolean {
    return this.stretches.some(({ joinedSeq, leftSeq }) => joinedSeq < seq && (leftSeq === null || seq < leftSeq));
  }

  /** The first place of a stretch: where a feed that knows nothing of the channel begins. */
  beginsAt(seq: number): boolean {
    return this.stretches.some(({ joinedSeq }) => Math.max(joinedSeq, 1) === seq);
  }

  get isOpen(): boolean {
    return this.stretches.some(({ leftSeq }) => leftSeq === null);
  }
}

import type { FollowerRecord, GapReason, Received } from './history.js';
import { MembershipsOf } from './memberships.js';
import type { ChannelTruth } from './truth.js';
import type { Violation, ViolationKind } from './violation.js';

/** A page may have waited for a stopped process or a socket that was not read. */
const LATE_MS = 15_000;

/** Holds what one follower was given against what the log holds. */
export function* checkFollower(follower: FollowerRecord, channels: ChannelTruth[]): Generator<Violation> {
  for (const channel of channels) {
    if (follower.channelId !== undefined && follower.channelId !== channel.channelId) continue;
    yield* new FollowedChannel(follower, channel).check();
  }
}

class FollowedChannel {
  private readonly memberships: MembershipsOf;
  private readonly received: Received | undefined;
  /** The place up to which everything was told. */
  private at = 0;

  constructor(
    private readonly follower: FollowerRecord,
    private readonly channel: ChannelTruth,
  ) {
    this.memberships = new MembershipsOf(channel, follower.accountId);
    this.received = follower.channels.get(channel.channelId);
  }

  *check(): Generator<Violation> {
    if (this.received) yield* this.checkReceived(this.received);
    // Whoever was away when it was removed is not let in any more; whoever is a member must have come to the end.
    if (this.memberships.isOpen && this.at < this.channel.headSeq)
      yield this.violation('behind', this.at + 1, this.channel.headSeq);
  }

  private *checkReceived(received: Received): Generator<Violation> {
    const [first] = received.seqs;
    const freeToBegin = received.startsAfter === null && first !== undefined && this.memberships.beginsAt(first);
    this.at = freeToBegin ? first - 1 : (received.startsAfter ?? 0);
    for (const [index, fromSeq] of received.seqs.entries()) {
      const gap = received.gaps.get(index);
      const toSeq = gap?.toSeq ?? fromSeq;
      if (fromSeq > this.at + 1) yield this.violation('skipped', this.at + 1, fromSeq - 1);
      if (fromSeq <= this.at) yield this.violation('repeated', fromSeq, toSeq);
      this.at = Math.max(this.at, toSeq);
      const time = received.times.get(index) ?? 0;
      if (gap) yield* this.checkGap(gap.reason, fromSeq, toSeq, time);
      else yield* this.checkEntry(fromSeq, received.fingerprints[index] ?? 0, time);
    }
  }

  private *checkEntry(seq: number, fingerprint: number, time: number): Generator<Violation> {
    const entry = this.channel.entries[seq - 1];
    if (!entry) {
      yield this.violation('invented', seq);
      return;
    }
    if (entry.fingerprint !== null && entry.fingerprint !== fingerprint) yield this.violation('altered', seq);
    if (!this.memberships.covers(seq)) yield this.violation('leaked', seq);
    if (entry.expiresAt !== null && time > entry.expiresAt + LATE_MS) yield this.violation('past its time', seq);
  }

  private *checkGap(reason: GapReason, fromSeq: number, toSeq: number, time: number): Generator<Violation> {
    if (reason === 'NOT_A_MEMBER') {
      if (this.memberships.meets(fromSeq, toSeq)) yield this.violation('wrong gap', fromSeq, toSeq);
      return;
    }
    for (let seq = fromSeq; seq <= toSeq; seq++) {
      const expiresAt = this.channel.entries[seq - 1]?.expiresAt ?? Infinity;
      if (time < expiresAt) yield this.violation('wrong gap', seq);
      if (!this.memberships.covers(seq)) yield this.violation('leaked', seq);
    }
  }

  private violation(kind: ViolationKind, fromSeq: number, toSeq = fromSeq): Violation {
    const places = fromSeq === toSeq ? `${fromSeq}` : `${fromSeq} to ${toSeq}`;
    return { kind, detail: `${this.follower.name}: ${this.channel.channelId} ${places}` };
  }
}

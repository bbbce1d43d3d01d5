import { fingerprintOf, type SeenEntry } from './fingerprint.js';

export interface Answer {
  id: string;
  seq: number;
  duplicate: boolean;
  /** Of the entry the answer speaks of, made from what the writer sent. */
  fingerprint: number;
  /** How often the message had been sent when this came. */
  attempt: number;
}

/** What a writer set out to post, and what it was told. */
export interface Message {
  clientMessageId: string;
  accountId: string;
  channelId: string;
  answers: Answer[];
  /** The relay said for good that the message is not taken. */
  refused?: string;
}

export interface MembershipAct {
  channelId: string;
  accountId: string;
  change: 'JOINED' | 'REMOVED';
}

export interface FaultRecord {
  what: string;
  kind: string;
  /** Milliseconds since the run began. */
  fromMs: number;
  toMs?: number;
}

export type GapReason = 'EXPIRED' | 'NOT_A_MEMBER';

interface ReceivedGap {
  toSeq: number;
  reason: GapReason;
}

/** A page as it comes from the relay. */
export interface Page {
  channelId: string;
  entries: (SeenEntry & { seq: number; expiresAt?: string | null })[];
  gaps: { fromSeq: number; toSeq: number; reason: GapReason }[];
  cursor: string;
  caughtUp: boolean;
}

/** What one follower was given of one channel, in the order it was given; arrays of numbers, since there are many. */
export class Received {
  /** Places of entries, and first places of gaps. */
  readonly seqs: number[] = [];
  /** Fingerprints of the entries; 0 where a gap stands. */
  readonly fingerprints: number[] = [];
  /** By index. */
  readonly gaps = new Map<number, ReceivedGap>();
  /** By index: when a gap or an entry that expires was received. */
  readonly times = new Map<number, number>();
  /** The place reached. */
  last = 0;

  /** `startsAfter`: the place the follower asked to begin after; null where the relay chooses, as for a channel that is new to a feed. */
  constructor(readonly startsAfter: number | null) {}

  /** Entries and gaps are put into each other by place; neither list is sorted, so what came in disorder stays so. */
  take({ entries, gaps }: Page, now: number): void {
    const gapsLeft = [...gaps];
    for (const entry of entries) {
      while (gapsLeft[0] && gapsLeft[0].fromSeq < entry.seq) this.takeGap(gapsLeft.shift(), now);
      if (entry.expiresAt) this.times.set(this.seqs.length, now);
      this.fingerprints.push(fingerprintOf(entry));
      this.seqs.push(entry.seq);
      this.last = Math.max(this.last, entry.seq);
    }
    while (gapsLeft[0]) this.takeGap(gapsLeft.shift(), now);
  }

  private takeGap(gap: Page['gaps'][number] | undefined, now: number): void {
    if (!gap) return;
    this.times.set(this.seqs.length, now);
    this.gaps.set(this.seqs.length, { toSeq: gap.toSeq, reason: gap.reason });
    this.fingerprints.push(0);
    this.seqs.push(gap.fromSeq);
    this.last = Math.max(this.last, gap.toSeq);
  }
}

export interface FollowerRecord {
  name: string;
  accountId: string;
  /** The only channel it follows; none for a feed. */
  channelId?: string;
  channels: Map<string, Received>;
}

/** Everything that was seen from outside during a run. */
export class History {
  readonly messages: Message[] = [];
  readonly changes: MembershipAct[] = [];
  readonly followers: FollowerRecord[] = [];
  readonly faults: FaultRecord[] = [];
  /** What no fault explains: unexpected error codes, processes that ended by themselves; with how often. */
  readonly surprises = new Map<string, number>();
  acknowledged = 0;
  deliveries = 0;
  retries = 0;
  resumes = 0;
  /** The longest it took a follower to be level again after it had connected. */
  longestCatchUpMs = 0;

  constructor(readonly seed: number) {}

  surprise(what: string): void {
    this.surprises.set(what, (this.surprises.get(what) ?? 0) + 1);
  }
}

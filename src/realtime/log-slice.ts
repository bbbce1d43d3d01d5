import { type Gap, GapReason, type LogEntry } from './log-entry.js';

/** A stretch of a log as one reader may see it. */
export interface LogSlice {
  entries: LogEntry[];
  gaps: Gap[];
  /** The last place the slice speaks of; the next one starts after it. */
  toSeq: number;
  /** The channel's head when the slice was read. */
  headSeq: number;
  /** Where the membership it was read under ended; null while it lasts. */
  memberUntil: number | null;
  /** The reader is a member of nothing that comes after the place it asked for. */
  ended: boolean;
}

export interface SliceFacts {
  after: number;
  headSeq: number;
  /** Everything at or below it is purged. */
  floorSeq: number;
  /** The first stretch of membership that reaches beyond `after`; none when the reader is out for good. */
  membership: { fromSeq: number; toSeq: number | null } | undefined;
  /** Ascending: the places of that membership above `after` and the floor, up to where the read was cut off. */
  entries: LogEntry[];
  now: Date;
}

/**
 * Every place after the cursor is either an entry or in a gap. A place that is neither would be a message lost in
 * silence, so it is an error instead.
 */
export function slice({ after, headSeq, floorSeq, membership, entries, now }: SliceFacts): LogSlice {
  if (!membership) return { entries: [], gaps: [], toSeq: after, headSeq, memberUntil: after, ended: true };
  const memberUntil = membership.toSeq ?? headSeq;
  const gaps: Gap[] = [];
  let at = after;
  const skipTo = (seq: number, reason: GapReason) => {
    if (seq > at) addGap(gaps, at + 1, seq, reason);
    at = Math.max(at, seq);
  };
  skipTo(membership.fromSeq - 1, GapReason.NOT_A_MEMBER);
  skipTo(Math.min(floorSeq, memberUntil), GapReason.EXPIRED);
  const seen: LogEntry[] = [];
  for (const entry of entries) {
    if (entry.seq !== at + 1) throw new Error(`A channel's log has ${entry.seq} after ${at} and nothing between.`);
    if (isExpired(entry, now)) addGap(gaps, entry.seq, entry.seq, GapReason.EXPIRED);
    else seen.push(entry);
    at = entry.seq;
  }
  if (entries.length === 0 && at < memberUntil)
    throw new Error(`A channel's log has nothing from ${at + 1} to its head.`);
  return {
    entries: seen,
    gaps,
    toSeq: at,
    headSeq,
    memberUntil: membership.toSeq,
    ended: false,
  };
}

/** Past its time, whether the sweep has come by already or not. What has no body without being so was retracted. */
export const isExpired = (entry: LogEntry, now: Date): boolean => entry.expiresAt !== null && entry.expiresAt <= now;

export function addGap(gaps: Gap[], fromSeq: number, toSeq: number, reason: GapReason): void {
  const last = gaps.at(-1);
  if (last?.reason === reason && last.toSeq === fromSeq - 1) last.toSeq = toSeq;
  else gaps.push({ fromSeq, toSeq, reason });
}

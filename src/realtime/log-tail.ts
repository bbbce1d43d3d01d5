import { departs, isPseudonym, type LogEntry, type LogPage } from './log-entry.js';
import { PAGE_ENTRIES } from './log.queries.js';
import type { OperationShape } from './operation-shape.js';
import type { SharedMessage } from './shared-message.js';

/** Live pages are cut from the ring, and hold no more than any page. */
const RING_ENTRIES = PAGE_ENTRIES;
const RING_BYTES = 262_144;

/** A follower's place in one channel. */
export interface Position {
  readonly channelId: string;
  readonly accountId: string;
  /** The last place the follower was given. */
  seq: number;
  /** Places where the follower's account left, or may have, as the tail saw: nothing after the first may come from here. */
  readonly departures: number[];
  /** Takes a page that ends at the tail's head. False: its socket has not drained, it must replay instead. */
  takeLive(message: SharedMessage, toSeq: number): boolean;
  /** There is news to pull. */
  wake(): void;
}

interface Group {
  readonly shape: OperationShape;
  readonly positions: Set<Position>;
  /** Where all positions of the group stand. */
  seq: number;
  running: boolean;
}

/**
 * The newest entries of one channel, shared by all its followers in this process. Followers that are level with it
 * and ask the same operation form a group: the operation runs once a page for all of them.
 */
export class LogTail {
  /** The last place this process knows of; undefined until somebody has read it. */
  head: number | undefined;
  /** The furthest place a bell spoke of while the head was not known yet. */
  heard = 0;
  private ring: LogEntry[] = [];
  private ringBytes = 0;
  private readonly groups = new Map<string, Group>();
  private readonly followers = new Map<string, Set<Position>>();
  private readonly waiting = new Set<Position>();
  private ended = false;

  constructor(
    readonly channelId: string,
    private readonly pageOf: (channelId: string, entries: LogEntry[], toSeq: number) => LogPage,
  ) {}

  get idle(): boolean {
    return this.followers.size === 0;
  }

  get livePositions(): number {
    let count = 0;
    for (const group of this.groups.values()) count += group.positions.size;
    return count;
  }

  add(position: Position): void {
    const positions = this.followers.get(position.accountId) ?? new Set();
    this.followers.set(position.accountId, positions.add(position));
    // The account may have left since the follower was let in.
    for (const entry of this.ring) this.noteDeparture(position, entry);
  }

  remove(position: Position): void {
    this.leave(position);
    const positions = this.followers.get(position.accountId);
    positions?.delete(position);
    if (positions?.size === 0) this.followers.delete(position.accountId);
  }

  /** Lets a position that is level wait for the next page, executed with its group. False: it is not level. */
  join(position: Position, shape: OperationShape | undefined): boolean {
    if (this.ended) return false;
    if (position.seq !== this.head) {
      // Ahead of the tail, which is about to read: what the position has seen, the tail will too.
      if (this.head === undefined || position.seq < this.head) return false;
      this.waiting.add(position);
      return true;
    }
    const group = shape && this.groupFor(shape);
    if (group?.seq === position.seq) group.positions.add(position);
    else this.waiting.add(position);
    return true;
  }

  /** Takes a position out of its group or wait, before it reads on its own. */
  leave(position: Position): void {
    this.waiting.delete(position);
    for (const [key, group] of this.groups) {
      if (group.positions.delete(position) && group.positions.size === 0) this.groups.delete(key);
    }
  }

  /** The entries after a place, if the ring reaches back that far. */
  since(seq: number, limit: number): LogEntry[] | undefined {
    const first = this.ring[0];
    if (this.ended || this.head === undefined || seq > this.head) return undefined;
    if (seq === this.head) return [];
    if (!first || first.seq > seq + 1) return undefined;
    return this.ring.slice(seq + 1 - first.seq, seq + 1 - first.seq + limit);
  }

  /** The channel was deleted: whoever follows it asks PostgreSQL once more, which knows nothing of it any more. */
  end(): void {
    this.ended = true;
    for (const position of this.everybody()) {
      this.leave(position);
      position.wake();
    }
  }

  /** Takes entries read from PostgreSQL or just committed by this process, and hands them on. */
  extend(entries: LogEntry[]): void {
    const fresh = entries.filter(({ seq }) => this.head === undefined || seq > this.head);
    const [first] = fresh;
    const last = fresh.at(-1);
    if (!first || !last) return;
    if (this.head !== undefined && first.seq !== this.head + 1) return this.startOver(last.seq);
    for (const entry of fresh) this.keep(entry);
    this.head = last.seq;
    for (const entry of fresh) this.endMembership(entry);
    for (const group of [...this.groups.values()]) void this.deliver(group);
    this.wakeWaiting();
  }

  /** The log has gone on, and nothing of it is left above the own head: whoever waits there is told of the gap. */
  skipTo(head: number): void {
    if (this.head !== undefined && head > this.head) this.startOver(head);
  }

  private keep(entry: LogEntry): void {
    this.ring.push(entry);
    this.ringBytes += entry.sealedBody?.length ?? 0;
    while (this.ring.length > RING_ENTRIES || (this.ringBytes > RING_BYTES && this.ring.length > 1))
      this.ringBytes -= this.ring.shift()?.sealedBody?.length ?? 0;
  }

  // Entries below the new ones were purged before this process saw them: everybody reads PostgreSQL, which says so.
  private startOver(head: number): void {
    this.ring = [];
    this.ringBytes = 0;
    this.head = head;
    for (const group of this.groups.values()) for (const position of group.positions) position.wake();
    this.groups.clear();
    this.wakeWaiting();
  }

  // Before anything is handed on: who left gets nothing after this entry, not even in the same page.
  private endMembership(entry: LogEntry): void {
    const account = departs(entry);
    if (account === null) return;
    for (const position of isPseudonym(account) ? this.everybody() : (this.followers.get(account) ?? [])) {
      if (!this.noteDeparture(position, entry)) continue;
      this.leave(position);
      position.wake();
    }
  }

  private noteDeparture(position: Position, entry: LogEntry): boolean {
    const account = departs(entry);
    if (account === null || position.seq >= entry.seq) return false;
    // Whose it was who is gone nobody can tell: PostgreSQL says to each follower whether they are still a member.
    if (account !== position.accountId && !isPseudonym(account)) return false;
    position.departures.push(entry.seq);
    return true;
  }

  private *everybody(): Iterable<Position> {
    for (const positions of this.followers.values()) yield* positions;
  }

  private groupFor(shape: OperationShape): Group {
    const known = this.groups.get(shape.key);
    if (known) return known;
    const group: Group = { shape, positions: new Set(), seq: this.head ?? 0, running: false };
    this.groups.set(shape.key, group);
    return group;
  }

  private async deliver(group: Group): Promise<void> {
    if (group.running) return;
    group.running = true;
    try {
      while (group.positions.size > 0 && this.head !== undefined && group.seq < this.head) {
        const entries = this.since(group.seq, RING_ENTRIES);
        if (!entries) break;
        const toSeq = this.head;
        const running = group.shape.run(this.pageOf(this.channelId, entries, toSeq));
        // Without asynchronous fields it is done here and now, for everybody, in one go.
        const message = running instanceof Promise ? await running : running;
        this.handOut(group, message, toSeq);
      }
      if (this.head !== undefined && group.seq < this.head) this.dismiss(group);
    } catch {
      this.dismiss(group);
    } finally {
      group.running = false;
      if (this.groups.get(group.shape.key) === group && group.positions.size === 0) this.groups.delete(group.shape.key);
    }
  }

  private handOut(group: Group, message: SharedMessage, toSeq: number): void {
    for (const position of group.positions) {
      if (position.takeLive(message, toSeq)) continue;
      group.positions.delete(position);
      position.wake();
    }
    group.seq = toSeq;
    this.wakeWaiting();
  }

  private dismiss(group: Group): void {
    for (const position of group.positions) position.wake();
    group.positions.clear();
  }

  private wakeWaiting(): void {
    const waiting = [...this.waiting];
    this.waiting.clear();
    for (const position of waiting) position.wake();
  }
}

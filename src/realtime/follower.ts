import { notFound } from '../errors/lethe-error.js';
import type { LogPage } from './log-entry.js';
import type { LogCursors } from './log-cursor.js';
import type { LogSlice } from './log-slice.js';
import type { LogTail, Position } from './log-tail.js';
import type { LogTails } from './log-tails.js';
import { type LogQueries, PAGE_ENTRIES } from './log.queries.js';
import type { OperationShape } from './operation-shape.js';
import { PulledStream } from './pulled-stream.js';
import { closingOf, type SharedMessage } from './shared-message.js';

/** Where a follower's live pages go: a socket that takes bytes as they are. */
export interface LiveSink {
  /** False when earlier bytes still wait to be taken: nothing was written. */
  write(frames: Buffer[]): boolean;
}

/** What following needs from the house. */
export interface Following {
  readonly tails: LogTails;
  readonly queries: LogQueries;
  readonly cursors: LogCursors;
}

/** One channel of a follower. */
class FollowedChannel implements Position {
  departures: number[] = [];
  /** Whether the follower was told that it has reached the head; told again after each time it fell behind. */
  announced = false;
  tail!: LogTail;

  constructor(
    private readonly follower: Follower,
    readonly channelId: string,
    readonly accountId: string,
    /** Where the membership began that the account had when the follower was let in. */
    private readonly joinedSeq: number,
    public seq: number,
    /** The head when the follower was let in: a ring that ends before it may hold what was retracted since. */
    readonly letInAt: number,
  ) {}

  /** The last place that may come from the tail; undefined where only PostgreSQL knows whether the account is a member. */
  get tailUntil(): number | undefined {
    const [until = Infinity] = this.departures;
    return this.seq >= this.joinedSeq - 1 && this.seq < until ? until : undefined;
  }

  /** The tail may have seen the account leave before this follower came; PostgreSQL tells. */
  learnMembership({ headSeq, memberUntil }: LogSlice): void {
    const later = this.departures.filter((seq) => seq > headSeq);
    this.departures = memberUntil === null ? later : [memberUntil, ...later];
  }

  takeLive(message: SharedMessage, toSeq: number): boolean {
    if (!this.follower.writeLive(message)) return false;
    this.seq = toSeq;
    return true;
  }

  wake(): void {
    this.follower.pull(this);
  }
}

/**
 * Follows the logs of channels for one subscription: replays what lies after the cursors, page by page and no faster
 * than they are taken, and goes live, channel by channel, where it is level with the tail. Holds one page at most.
 */
export class Follower extends PulledStream<LogPage> {
  private readonly channels = new Map<string, FollowedChannel>();
  private readonly toPull = new Set<FollowedChannel>();
  private shape: OperationShape | undefined;
  private sink: LiveSink | undefined;
  private closing: Buffer = Buffer.alloc(0);

  constructor(
    private readonly following: Following,
    private readonly accountId: string,
    /** A subscription to one channel ends with its membership; a feed goes on. */
    private readonly endsWithoutChannels: boolean,
    /** Where the client stands in channels, those it is out of at the moment among them. */
    private readonly places = new Map<string, number>(),
  ) {
    super();
  }

  /** Lets live pages be executed once for all followers of the shape and written straight to the socket. */
  share(shape: OperationShape, sink: LiveSink, operationId: string): void {
    this.shape = shape;
    this.sink = sink;
    this.closing = closingOf(operationId);
  }

  /**
   * Goes on where the client stands in the channel, or begins after `beginSeq`. `headSeq`, when it is known, spares a
   * follower that is level its first read.
   */
  addChannel(channelId: string, joinedSeq: number, beginSeq: number, headSeq?: number): void {
    if (this.finished || this.channels.has(channelId)) return;
    const seq = this.places.get(channelId) ?? beginSeq;
    const channel = new FollowedChannel(this, channelId, this.accountId, joinedSeq, seq, headSeq ?? 0);
    channel.tail = this.following.tails.follow(channel);
    this.channels.set(channelId, channel);
    if (headSeq !== undefined) this.following.tails.start(channel.tail, headSeq);
    this.pull(channel);
  }

  /** There is news in a channel that this follower must fetch itself. */
  pull(channel: FollowedChannel): void {
    if (this.channels.get(channel.channelId) !== channel) return;
    this.toPull.add(channel);
    this.wakeReader();
  }

  writeLive(message: SharedMessage): boolean {
    return this.sink?.write(message.framesFor(this.closing)) ?? false;
  }

  protected override get hasNews(): boolean {
    return this.toPull.size > 0;
  }

  protected override get isOver(): boolean {
    return this.endsWithoutChannels && this.channels.size === 0;
  }

  protected override async readNext(): Promise<LogPage | undefined> {
    const [channel] = this.toPull;
    if (!channel) return undefined;
    // Off the list before the read: whatever is committed from here on puts it back.
    this.toPull.delete(channel);
    channel.tail.leave(channel);
    const page = await this.read(channel);
    if (page) this.following.tails.deliveries.replayed += 1;
    return page;
  }

  protected override letGo(): void {
    for (const channel of this.channels.values()) this.following.tails.unfollow(channel);
    this.channels.clear();
    this.toPull.clear();
  }

  private drop(channel: FollowedChannel): void {
    this.following.tails.unfollow(channel);
    this.channels.delete(channel.channelId);
    this.toPull.delete(channel);
    this.places.set(channel.channelId, channel.seq);
  }

  private async read(channel: FollowedChannel): Promise<LogPage | undefined> {
    const fromRing = this.readRing(channel);
    if (fromRing !== undefined) return this.settle(channel, fromRing);
    const read = await this.readOrWait(
      async () => ({ page: await this.readDatabase(channel) }),
      () => this.pull(channel),
    );
    if (!read || this.finished) return undefined;
    return read.page === undefined ? void this.drop(channel) : this.settle(channel, read.page);
  }

  private readRing(channel: FollowedChannel): LogPage | undefined {
    const until = channel.tailUntil;
    if (until === undefined || (channel.tail.head ?? 0) < channel.letInAt) return undefined;
    const entries = channel.tail.since(channel.seq, PAGE_ENTRIES)?.filter(({ seq }) => seq <= until);
    if (!entries) return undefined;
    const toSeq = entries.at(-1)?.seq ?? channel.seq;
    const caughtUp = toSeq === channel.tail.head;
    channel.seq = toSeq;
    return this.following.tails.livePage(channel.channelId, entries, toSeq, caughtUp);
  }

  private async readDatabase(channel: FollowedChannel): Promise<LogPage | undefined> {
    const { queries, cursors, tails } = this.following;
    const { channelId } = channel;
    const slice = await queries.readFor(this.accountId, channelId, channel.seq, PAGE_ENTRIES);
    // It was deleted. To follow it alone is over with the answer that everybody gets from now on.
    if (!slice && this.endsWithoutChannels) throw notFound();
    if (!slice || slice.ended) return undefined;
    channel.learnMembership(slice);
    tails.start(channel.tail, slice.headSeq);
    channel.seq = slice.toSeq;
    const { entries, gaps, toSeq, headSeq } = slice;
    return { channelId, entries, gaps, cursor: cursors.write(channelId, toSeq), caughtUp: toSeq >= headSeq };
  }

  /**
   * Hands a page out, or goes live when there is nothing to hand out. A page must have been taken before the channel
   * goes live, or a live page could overtake it; so that is left to the next pull.
   */
  private settle(channel: FollowedChannel, page: LogPage): LogPage | undefined {
    const empty = page.entries.length === 0 && page.gaps.length === 0;
    const tell = !empty || (page.caughtUp && !channel.announced);
    channel.announced = page.caughtUp;
    // PostgreSQL may know of a departure that the tail has not reached: until it has, there is nothing to read.
    const shape = channel.departures.length === 0 ? this.sink && this.shape : undefined;
    const waits = !tell && channel.tail.join(channel, shape);
    if (!waits) this.toPull.add(channel);
    return tell ? page : undefined;
  }
}

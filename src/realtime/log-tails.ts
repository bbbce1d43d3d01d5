import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Clock } from '../config/clock.js';
import { LogCursors } from './log-cursor.js';
import { addGap, isExpired } from './log-slice.js';
import { type Gap, GapReason, type LogEntry, type LogPage } from './log-entry.js';
import { LogQueries } from './log.queries.js';
import { LogTail, type Position } from './log-tail.js';
import { Topics } from './topics.js';

const POLL_MS = 1_000;
const CHANNELS_A_READ = 32;

/** The tails of all channels that are followed in this process, kept up to date by doorbell and poll. */
@Injectable()
export class LogTails implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly tails = new Map<string, LogTail>();
  /** Channels whose tail is known to be behind, and the place it should reach. */
  private readonly behind = new Map<string, number>();
  private readonly polls = new Set<() => Promise<void>>();
  private reading = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly queries: LogQueries,
    private readonly cursors: LogCursors,
    private readonly clock: Clock,
    private readonly topics: Topics,
  ) {}

  onApplicationBootstrap(): void {
    this.topics.on('log-grew', ({ heads }) => this.grew(heads));
    // A hint, and PostgreSQL is asked: who only writes to Redis ends nobody's following.
    this.topics.on('channels-deleted', ({ channelIds }) => {
      const followed = channelIds.filter((id) => this.tails.has(id));
      // When the database is away the poll finds it later.
      void this.lookAt(followed).catch(() => undefined);
    });
    this.topics.onReconnected(() => void this.poll());
    this.schedulePoll();
  }

  onApplicationShutdown(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.tails.clear();
  }

  get counts() {
    let live = 0;
    for (const tail of this.tails.values()) live += tail.livePositions;
    return { tails: this.tails.size, live };
  }

  /** Also looked at whenever the heads are: for news that a lost bell would keep from somebody. */
  onPoll(poll: () => Promise<void>): void {
    this.polls.add(poll);
  }

  follow(position: Position): LogTail {
    let tail = this.tails.get(position.channelId);
    if (!tail) {
      tail = new LogTail(position.channelId, (channelId, entries, toSeq) => this.livePage(channelId, entries, toSeq));
      this.tails.set(position.channelId, tail);
    }
    tail.add(position);
    return tail;
  }

  /** Tells a tail that knows no head yet where it begins, and that there is more if there is. */
  start(tail: LogTail, headSeq: number): void {
    tail.head ??= headSeq;
    this.grew([[tail.channelId, Math.max(headSeq, tail.heard)]]);
  }

  unfollow(position: Position): void {
    const tail = this.tails.get(position.channelId);
    tail?.remove(position);
    if (tail?.idle) this.tails.delete(position.channelId);
  }

  /** Entries this process has just committed: if its tail is level it need not ask PostgreSQL for them. */
  committed(channelId: string, entries: LogEntry[]): void {
    const tail = this.tails.get(channelId);
    const [first] = entries;
    const last = entries.at(-1);
    if (!tail || !first || !last) return;
    if (tail.head === first.seq - 1) tail.extend(entries);
    else this.grew([[channelId, last.seq]]);
  }

  /** The doorbell: these channels have reached these places. */
  grew(heads: [channelId: string, seq: number][]): void {
    for (const [channelId, seq] of heads) {
      const tail = this.tails.get(channelId);
      if (!tail) continue;
      if (tail.head === undefined) tail.heard = Math.max(tail.heard, seq);
      else if (tail.head < seq) this.behind.set(channelId, Math.max(seq, this.behind.get(channelId) ?? 0));
    }
    if (this.behind.size > 0) void this.read();
  }

  livePage(channelId: string, entries: LogEntry[], toSeq: number, caughtUp = true): LogPage {
    const now = this.clock.now();
    const gaps: Gap[] = [];
    const seen = entries.filter((entry) => {
      if (!isExpired(entry, now)) return true;
      addGap(gaps, entry.seq, entry.seq, GapReason.EXPIRED);
      return false;
    });
    return { channelId, entries: seen, gaps, cursor: this.cursors.write(channelId, toSeq), caughtUp };
  }

  private async read(): Promise<void> {
    if (this.reading) return;
    this.reading = true;
    try {
      while (this.behind.size > 0) {
        const wanted = [...this.behind].slice(0, CHANNELS_A_READ);
        // Taken off the list before the read: a bell that rings meanwhile puts the channel back on it.
        for (const [channelId] of wanted) this.behind.delete(channelId);
        await this.readTails(wanted);
      }
    } catch {
      // PostgreSQL is away. The next poll finds what is missing.
      this.behind.clear();
    } finally {
      this.reading = false;
    }
  }

  private async readTails(wanted: [channelId: string, seq: number][]): Promise<void> {
    const places = wanted.flatMap(([channelId, seq]) => {
      const after = this.tails.get(channelId)?.head;
      return after === undefined || after >= seq ? [] : [{ channelId, after }];
    });
    if (places.length === 0) return;
    const byChannel = await this.queries.readAfter(places);
    for (const [channelId, entries] of byChannel) this.tails.get(channelId)?.extend(entries);
    await this.skipTrimmed(places.map(({ channelId }) => channelId).filter((channelId) => !byChannel.has(channelId)));
    this.grew(wanted.filter(([channelId]) => byChannel.has(channelId)));
  }

  /** No entries where there should be: they were trimmed before this process saw them. PostgreSQL says, not the bell. */
  private async skipTrimmed(channelIds: string[]): Promise<void> {
    if (channelIds.length === 0) return;
    for (const [channelId, seq] of await this.queries.heads(channelIds)) this.tails.get(channelId)?.skipTo(seq);
  }

  private async poll(): Promise<void> {
    try {
      await this.lookAt([...this.tails.keys()]);
      for (const poll of this.polls) await poll();
    } catch {
      // PostgreSQL is away. The next poll asks again.
    }
  }

  /** Where the channels stand; those that stand nowhere were deleted. */
  private async lookAt(channelIds: string[]): Promise<void> {
    if (channelIds.length === 0) return;
    const heads = new Map(await this.queries.heads(channelIds));
    this.grew([...heads]);
    for (const channelId of channelIds) if (!heads.has(channelId)) this.tails.get(channelId)?.end();
  }

  private schedulePoll(): void {
    // Jittered, so that the processes of a deployment do not ask in chorus.
    this.timer = setTimeout(
      () => void this.poll().then(() => this.timer && this.schedulePoll()),
      POLL_MS * (0.6 + 0.3 * Math.random()),
    ).unref();
  }
}

import { type BeforeApplicationShutdown, Injectable, type OnModuleInit } from '@nestjs/common';
import type { Viewer } from '../auth/viewer.js';
import { badInput, LetheError } from '../errors/lethe-error.js';
import { Caps } from '../limits/caps.js';
import { EphemeralStream } from '../realtime/ephemeral-stream.js';
import { Topics } from '../realtime/topics.js';
import { PresenceService } from './presence.service.js';
import { type Presence, PresenceStatus } from './presence.type.js';
import { SignsOfLife } from './signs-of-life.js';

/** Bounds how late a lost hint, or a process that died, is noticed. */
const POLL_MS = 5_000;
/** Whether two people still share a channel is looked at with each change, and every so many polls. */
const POLLS_TO_LOOK_AGAIN = 12;
const PAIRS_A_LOOK = 2_000;

interface Watcher {
  viewerId: string;
  /** What was told of each account. */
  told: Map<string, Presence>;
  push: (presence: Presence) => void;
}

/** Tells viewers when the presence of somebody they watch changes, on whatever process that happens. */
@Injectable()
export class PresenceWatch implements OnModuleInit, BeforeApplicationShutdown {
  /** By the name of the account they watch. */
  private readonly watchers = new Map<string, Map<Watcher, string>>();
  /** How many accounts each viewer watches, on all streams. */
  private readonly watched = new Map<string, number>();
  private statuses = new Map<string, PresenceStatus>();
  private readonly due = new Set<string>();
  private looking: Promise<void> | undefined;
  private stopped = false;
  private polls = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly presence: PresenceService,
    private readonly signs: SignsOfLife,
    private readonly topics: Topics,
    private readonly caps: Caps,
  ) {}

  onModuleInit(): void {
    this.topics.on('presence-changed', ({ name }) => this.look([name]));
    this.topics.onReconnected(() => void this.poll());
    this.timer = setInterval(() => void this.poll(), POLL_MS).unref();
  }

  /** Before the database is gone. */
  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    this.stopped = true;
    await this.looking;
  }

  follow(viewer: Viewer, accountIds: string[]): AsyncIterableIterator<Presence> {
    const ids = [...new Set(accountIds)];
    if (ids.length === 0) throw badInput('accountIds', 'Needs somebody to follow.');
    this.requireRoom(viewer.accountId, ids.length);
    const watch = (push: (presence: Presence) => void) => this.watch(viewer.accountId, ids, push);
    const stream = new EphemeralStream<Presence>(watch, {
      most: ids.length,
      replaces: (later, waiting) => later.accountId === waiting.accountId,
    });
    // What holds now is told by the same look as every change: so nothing older comes after something newer.
    this.look(ids.map((id) => this.signs.nameOf(id)));
    return stream;
  }

  /** Of everybody a change is looked at for each who watches, and many sockets with many streams would multiply that. */
  private requireRoom(viewerId: string, more: number): void {
    if (this.caps.allows('watchedPerAccount', (this.watched.get(viewerId) ?? 0) + more - 1)) return;
    const most = this.caps.of('watchedPerAccount');
    throw new LetheError(
      'LIMIT_REACHED',
      `An account follows the presence of ${most} others at most. End some first.`,
      {
        reason: 'TOO_MANY_WATCHED',
      },
    );
  }

  private count(viewerId: string, difference: number): void {
    const count = (this.watched.get(viewerId) ?? 0) + difference;
    if (count === 0) this.watched.delete(viewerId);
    else this.watched.set(viewerId, count);
  }

  private watch(viewerId: string, accountIds: string[], push: (presence: Presence) => void): () => void {
    this.count(viewerId, accountIds.length);
    const watcher: Watcher = { viewerId, told: new Map(), push };
    for (const accountId of accountIds) {
      const name = this.signs.nameOf(accountId);
      const others = this.watchers.get(name) ?? new Map<Watcher, string>();
      this.watchers.set(name, others.set(watcher, accountId));
    }
    return () => {
      this.count(viewerId, -accountIds.length);
      for (const accountId of accountIds) {
        const name = this.signs.nameOf(accountId);
        const others = this.watchers.get(name);
        others?.delete(watcher);
        if (others?.size === 0) this.watchers.delete(name);
      }
    };
  }

  private async poll(): Promise<void> {
    const names = [...this.watchers.keys()];
    this.polls += 1;
    if (this.polls % POLLS_TO_LOOK_AGAIN === 0) return this.look(names);
    const statuses = await this.signs.statuses(names);
    const changed = names.filter((name) => statuses.get(name) !== this.statuses.get(name));
    this.statuses = statuses;
    this.look(changed);
  }

  private look(names: string[]): void {
    for (const name of names) if (this.watchers.has(name)) this.due.add(name);
    if (this.due.size === 0 || this.stopped) return;
    this.looking ??= this.lookAround().finally(() => {
      this.looking = undefined;
      this.look([]);
    });
  }

  private async lookAround(): Promise<void> {
    while (this.due.size > 0) {
      const watching = [...this.due].flatMap((name) => [...(this.watchers.get(name) ?? [])]);
      this.due.clear();
      for (let start = 0; start < watching.length; start += PAIRS_A_LOOK)
        // What fails is looked at again by the poll.
        await this.tell(watching.slice(start, start + PAIRS_A_LOOK)).catch(() => undefined);
    }
  }

  private async tell(watching: [Watcher, string][]): Promise<void> {
    const seen = await this.presence.seen(watching.map(([{ viewerId }, accountId]) => ({ viewerId, accountId })));
    for (const [index, [{ told, push }, accountId]] of watching.entries()) {
      const presence = seen[index]!;
      if (!isNews(presence, told.get(accountId))) continue;
      told.set(accountId, presence);
      push(presence);
    }
  }
}

/** That somebody is still there a minute later is none. */
const isNews = (presence: Presence, told: Presence | undefined): boolean =>
  presence.status !== told?.status ||
  (presence.status === PresenceStatus.OFFLINE && presence.lastActiveAt?.getTime() !== told.lastActiveAt?.getTime());

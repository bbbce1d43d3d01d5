import { type BeforeApplicationShutdown, Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Viewer } from '../auth/viewer.js';
import { Clock } from '../config/clock.js';
import { Limits } from '../limits/limits.service.js';
import { LiveSessions } from '../realtime/live-sessions.js';
import { Topics } from '../realtime/topics.js';
import { Activity, minuteOf } from './activity.js';
import { choose, type Sight, sights } from './presence.queries.js';
import { type Presence, PresenceStatus } from './presence.type.js';
import { type LiveSession, SignsOfLife } from './signs-of-life.js';

const REMIND_MS = 15_000;

export interface Pair {
  viewerId: string;
  accountId: string;
}

/** Who is there: read from the open sockets of all processes, and shown to whom it may be shown. */
@Injectable()
export class PresenceService implements OnModuleInit, BeforeApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;
  private readonly noting = new Set<Promise<void>>();

  constructor(
    private readonly dataSource: DataSource,
    private readonly sessions: LiveSessions,
    private readonly signs: SignsOfLife,
    private readonly activity: Activity,
    private readonly limits: Limits,
    private readonly topics: Topics,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.sessions.onArrival((identity) => this.note(identity, this.signs.live([identity])));
    this.sessions.onDeparture((identity) => this.note(identity, this.signs.gone(identity)));
    const remind = () => void this.signs.live(this.sessions.all);
    this.topics.onReconnected(remind);
    this.timer = setInterval(() => {
      this.signs.forgetEnded();
      remind();
    }, REMIND_MS).unref();
  }

  /** Sockets are closed by now, database and Redis are not: who was here is gone for the other processes. */
  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await Promise.all(this.noting);
  }

  async set(viewer: Viewer, status: PresenceStatus, showLastActive: boolean | null): Promise<Presence> {
    const { accountId } = viewer;
    await this.limits.take('presence', accountId);
    const hidden = status === PresenceStatus.OFFLINE;
    await choose(this.dataSource, accountId, hidden, showLastActive);
    if (!hidden) {
      await this.signs.say(viewer, status);
      await this.activity.note(accountId);
    }
    this.tell(accountId);
    return this.of(viewer, [accountId]).then(([presence]) => presence!);
  }

  /** In the order of the ids. Whom the viewer may not see looks like one who is never there. */
  async of({ accountId: viewerId }: Viewer, accountIds: string[]): Promise<Presence[]> {
    return this.seen(accountIds.map((accountId) => ({ viewerId, accountId })));
  }

  async seen(pairs: Pair[]): Promise<Presence[]> {
    const visible = new Map((await sights(this.dataSource, pairs)).map((sight) => [pairKey(sight), sight]));
    const shown = [...new Set([...visible.values()].map(({ accountId }) => accountId))];
    const statuses = await this.signs.statuses(shown.map((accountId) => this.signs.nameOf(accountId)));
    return pairs.map((pair) => {
      const status = statuses.get(this.signs.nameOf(pair.accountId));
      return this.asSeen(pair.accountId, visible.get(pairKey(pair)), status ?? PresenceStatus.OFFLINE);
    });
  }

  private asSeen(accountId: string, sight: Sight | undefined, status: PresenceStatus): Presence {
    if (!sight) return { accountId, status: PresenceStatus.OFFLINE, lastActiveAt: null };
    if (sight.hidden) status = PresenceStatus.OFFLINE;
    const activeNow = status === PresenceStatus.ONLINE && sight.showsLastActive;
    return { accountId, status, lastActiveAt: activeNow ? minuteOf(this.clock.now()) : sight.lastActiveAt };
  }

  private note({ accountId }: LiveSession, sign: Promise<void>): void {
    const noted = Promise.all([sign, this.activity.note(accountId)]).then(() => {
      this.noting.delete(noted);
      this.tell(accountId);
    });
    this.noting.add(noted);
  }

  private tell(accountId: string): void {
    this.topics.publish('presence-changed', { name: this.signs.nameOf(accountId) });
  }
}

const pairKey = ({ viewerId, accountId }: Pair) => `${viewerId} ${accountId}`;

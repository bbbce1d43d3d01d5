import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Viewer } from '../auth/viewer.js';
import { ChannelAccess } from '../channels/channel.access.js';
import { channelHeads, joinedSince, placesOfJoining } from '../channels/channels.queries.js';
import { Clock } from '../config/clock.js';
import { badInput } from '../errors/lethe-error.js';
import { Follower } from '../realtime/follower.js';
import { LogCursors } from '../realtime/log-cursor.js';
import { LogTails } from '../realtime/log-tails.js';
import { LogQueries } from '../realtime/log.queries.js';
import { Topics } from '../realtime/topics.js';
import type { ChannelCursorInput } from './message.inputs.js';

/** Longer than a transaction lives and clocks of processes differ: a join is looked at several times. */
const RECENT_MS = 15_000;

/** Opens followers, and shows feeds the channels their accounts are added to. */
@Injectable()
export class Following implements OnModuleInit {
  private readonly feeds = new Map<string, Set<Follower>>();

  constructor(
    private readonly dataSource: DataSource,
    private readonly access: ChannelAccess,
    private readonly topics: Topics,
    private readonly clock: Clock,
    readonly tails: LogTails,
    readonly queries: LogQueries,
    readonly cursors: LogCursors,
  ) {}

  onModuleInit(): void {
    this.topics.on('channel-joined', ({ channelId, accountIds }) => {
      const fed = accountIds.filter((accountId) => this.feeds.has(accountId));
      // When the database is away the poll finds the channel later.
      if (fed.length > 0) void this.joined(channelId, fed).catch(() => undefined);
    });
    // A lost hint must not keep a channel from a feed.
    this.tails.onPoll(() => this.findRecentJoins());
  }

  async channel(viewer: Viewer, channelId: string, after: string | null | undefined): Promise<Follower> {
    const { headSeq, joinedSeq } = await this.access.require(viewer, 'read', channelId);
    const places = new Map<string, number>();
    if (typeof after === 'string') places.set(channelId, this.cursors.read(after, channelId, 'after'));
    requireInLog(places.get(channelId), headSeq);
    const follower = new Follower(this, viewer.accountId, true, places);
    follower.addChannel(channelId, joinedSeq, headSeq, headSeq);
    return follower;
  }

  /** Without cursors: from now on. With cursors: channels that are not among them are new to the client, and told whole. */
  async feed(viewer: Viewer, after: ChannelCursorInput[] | null | undefined): Promise<Follower> {
    const { accountId } = viewer;
    const places = this.placesOf(after ?? []);
    const follower = new Follower(this, accountId, false, places);
    // On the list before the channels are read: one joined meanwhile is added twice rather than not at all.
    this.enlist(accountId, follower);
    try {
      for (const { channelId, headSeq, joinedSeq } of await channelHeads(this.dataSource.manager, accountId)) {
        requireInLog(places.get(channelId), headSeq);
        follower.addChannel(channelId, joinedSeq, after ? beforeJoining(joinedSeq) : headSeq, headSeq);
      }
      return follower;
    } catch (error) {
      await follower.return();
      throw error;
    }
  }

  private placesOf(cursors: ChannelCursorInput[]): Map<string, number> {
    const places = new Map<string, number>();
    for (const [index, { channelId, after }] of cursors.entries()) {
      if (places.has(channelId))
        throw badInput(`after.${index}.channelId`, 'There is a cursor of this channel already.');
      places.set(channelId, this.cursors.read(after, channelId, `after.${index}.after`));
    }
    return places;
  }

  private enlist(accountId: string, follower: Follower): void {
    const feeds = this.feeds.get(accountId) ?? new Set();
    this.feeds.set(accountId, feeds.add(follower));
    follower.whenFinished(() => {
      feeds.delete(follower);
      if (feeds.size === 0 && this.feeds.get(accountId) === feeds) this.feeds.delete(accountId);
    });
  }

  private async joined(channelId: string, accountIds: string[]): Promise<void> {
    for (const { accountId, joinedSeq } of await placesOfJoining(this.dataSource.manager, channelId, accountIds))
      this.show(accountId, channelId, joinedSeq);
  }

  private async findRecentJoins(): Promise<void> {
    if (this.feeds.size === 0) return;
    const since = new Date(this.clock.now().getTime() - RECENT_MS);
    const accountIds = [...this.feeds.keys()];
    for (const { accountId, channelId, joinedSeq } of await joinedSince(this.dataSource.manager, accountIds, since))
      this.show(accountId, channelId, joinedSeq);
  }

  private show(accountId: string, channelId: string, joinedSeq: number): void {
    for (const follower of this.feeds.get(accountId) ?? [])
      follower.addChannel(channelId, joinedSeq, beforeJoining(joinedSeq));
  }
}

/** Founders joined at 0, and before the first entry there is nothing to tell. */
const beforeJoining = (joinedSeq: number): number => Math.max(joinedSeq - 1, 0);

function requireInLog(seq: number | undefined, headSeq: number): void {
  if (seq !== undefined && seq > headSeq) throw badInput('after', 'The cursor is ahead of the log.', 'BAD_CURSOR');
}

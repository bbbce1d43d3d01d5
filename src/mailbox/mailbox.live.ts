import { Injectable, type OnModuleInit } from '@nestjs/common';
import { LogTails } from '../realtime/log-tails.js';
import { Topics } from '../realtime/topics.js';
import type { MailboxFollower } from './mailbox-follower.js';
import { MailboxQueries } from './mailbox.queries.js';

/** Wakes the mailboxes that are followed in this process, by doorbell and poll. */
@Injectable()
export class LiveMailboxes implements OnModuleInit {
  private readonly followers = new Map<string, Set<MailboxFollower>>();

  constructor(
    private readonly queries: MailboxQueries,
    private readonly tails: LogTails,
    private readonly topics: Topics,
  ) {}

  onModuleInit(): void {
    this.topics.on('mailbox-grew', ({ heads }) => this.grew(heads));
    this.topics.on('mailbox-whisper', ({ envelopes }) => {
      for (const envelope of envelopes)
        for (const follower of this.followers.get(envelope.deviceId) ?? []) follower.hear(envelope);
    });
    // A lost bell must not keep an envelope from a device.
    this.tails.onPoll(async () => {
      if (this.followers.size > 0) this.grew(await this.queries.heads([...this.followers.keys()]));
    });
  }

  add(follower: MailboxFollower): void {
    const { deviceId } = follower;
    const followers = this.followers.get(deviceId) ?? new Set();
    this.followers.set(deviceId, followers.add(follower));
    follower.whenFinished(() => {
      followers.delete(follower);
      if (followers.size === 0 && this.followers.get(deviceId) === followers) this.followers.delete(deviceId);
    });
  }

  private grew(heads: [deviceId: string, position: number][]): void {
    for (const [deviceId, position] of heads)
      for (const follower of this.followers.get(deviceId) ?? []) follower.grew(position);
  }
}

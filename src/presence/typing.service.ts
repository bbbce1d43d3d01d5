import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Viewer } from '../auth/viewer.js';
import { ChannelAccess } from '../channels/channel.access.js';
import { Clock } from '../config/clock.js';
import { Limits } from '../limits/limits.service.js';
import { EphemeralStream } from '../realtime/ephemeral-stream.js';
import { Topics } from '../realtime/topics.js';
import { membersAmong } from './typing.queries.js';
import type { SendTypingInput } from './typing.input.js';
import type { Typing } from './typing.type.js';

const LASTS_MS = 6_000;

interface Listener {
  accountId: string;
  push: (typing: Typing) => void;
  end: () => void;
}

/** Passes on that somebody types. Who it is was checked and is forgotten: only the client's token goes further. */
@Injectable()
export class TypingService implements OnModuleInit {
  private readonly listeners = new Map<string, Set<Listener>>();

  constructor(
    private readonly dataSource: DataSource,
    private readonly access: ChannelAccess,
    private readonly limits: Limits,
    private readonly topics: Topics,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.topics.on('typing', ({ channelId, token, expiresAt }) => {
      void this.tell({ channelId, token: Buffer.from(token, 'base64'), expiresAt: new Date(expiresAt) });
    });
  }

  async send(viewer: Viewer, { channelId, token }: SendTypingInput): Promise<boolean> {
    await this.access.require(viewer, 'read', channelId);
    await this.limits.take('typing', `${viewer.accountId} ${channelId}`);
    const expiresAt = new Date(this.clock.now().getTime() + LASTS_MS);
    this.topics.publish('typing', {
      channelId,
      token: token.toString('base64'),
      expiresAt: expiresAt.toISOString(),
    });
    return true;
  }

  async follow(viewer: Viewer, channelId: string): Promise<AsyncIterableIterator<Typing>> {
    await this.access.require(viewer, 'read', channelId);
    const stream: EphemeralStream<Typing> = new EphemeralStream((push) =>
      this.listen(channelId, { accountId: viewer.accountId, push, end: () => void stream.return() }),
    );
    return stream;
  }

  private listen(channelId: string, listener: Listener): () => void {
    const listeners = this.listeners.get(channelId) ?? new Set();
    this.listeners.set(channelId, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.listeners.delete(channelId);
    };
  }

  /** Asks each time who is a member still: nobody who left learns that somebody types. */
  private async tell(typing: Typing): Promise<void> {
    const listeners = [...(this.listeners.get(typing.channelId) ?? [])];
    if (listeners.length === 0) return;
    const accountIds = new Set(listeners.map(({ accountId }) => accountId));
    const members = await membersAmong(this.dataSource, typing.channelId, [...accountIds]).catch(() => undefined);
    if (!members || typing.expiresAt <= this.clock.now()) return;
    for (const { accountId, push, end } of listeners) {
      if (members.has(accountId)) push(typing);
      else end();
    }
  }
}

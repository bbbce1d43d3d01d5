import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { PubSub, type PubSubEngine } from 'graphql-subscriptions';
import { RedisPubSub } from 'graphql-redis-subscriptions';
import { RedisAccess } from '../redis/redis.module.js';

/** Everything one process or module tells the others. Hints: each can also be found out from PostgreSQL. */
export interface TopicPayloads {
  /** Channels grew to these places. Carries no body. */
  'log-grew': { heads: [channelId: string, seq: number][] };
  /** These sessions ended; their sockets close. */
  'sessions-revoked': { sessionIds: string[] };
  /** These accounts became members of the channel. */
  'channel-joined': { channelId: string; accountIds: string[] };
  /** These memberships ended. At most 1,000 at once, and not all of them when large channels are deleted. */
  'channels-left': { memberships: [channelId: string, accountId: string][] };
  /** The account has other devices now. Which ones, and which of them did it, is not said. */
  'devices-changed': { accountId: string };
  /** Mailboxes grew to these positions. Carries no body. */
  'mailbox-grew': { heads: [deviceId: string, position: number][] };
  /** Ephemeral envelopes, for whoever listens at this moment: ciphertext, the only one that passes by here. */
  'mailbox-whisper': { envelopes: WhisperedEnvelope[] };
  /** These channels are gone; whoever follows them is told. */
  'channels-deleted': { channelIds: string[] };
  /** Somebody’s receipt moved; who, and which one, is sealed for the relay’s own processes. */
  'receipts-advanced': { channelId: string; sealedHint: string };
  /** A device should look at its prekey stock. */
  'pre-keys-low': { deviceId: string };
  /** A device should upload a new signed prekey. */
  'signed-pre-key-stale': { deviceId: string };
  /** Somebody came, went or said how present they are. The account stands in a keyed hash. */
  'presence-changed': { name: string };
  /** Somebody types; the token is base64. */
  typing: { channelId: string; token: string; expiresAt: string };
}

/** As JSON carries it. */
export interface WhisperedEnvelope {
  id: string;
  deviceId: string;
  /** Base64. */
  sealedBody: string;
  /** RFC 3339. */
  at: string;
}

export type Topic = keyof TopicPayloads;
type Handler<T extends Topic> = (payload: TopicPayloads[T]) => void;
interface Envelope {
  from: string;
  payload: unknown;
}

/**
 * Typed publish and subscribe across all processes. Delivery is at most once and never awaited by a request: whoever
 * listens must also find out by asking PostgreSQL, late.
 */
@Injectable()
export class Topics {
  private readonly self = randomUUID();
  private readonly handlers = new Map<Topic, Set<(payload: never) => void>>();
  private readonly reconnected = new Set<() => void>();
  private readonly engine: PubSubEngine;

  constructor(redis: RedisAccess) {
    const { connections } = redis;
    this.engine = connections
      ? new RedisPubSub({ publisher: connections.commands, subscriber: connections.subscriber })
      : new PubSub();
    connections?.subscriber.on('ready', () => {
      for (const handler of this.reconnected) handler();
    });
  }

  publish<T extends Topic>(topic: T, payload: TopicPayloads[T]): void {
    // Listeners of this process hear it now; its echo from Redis is dropped.
    this.tell(topic, payload);
    const envelope: Envelope = { from: this.self, payload };
    this.engine.publish(`lethe:${topic}`, envelope).catch(() => undefined);
  }

  on<T extends Topic>(topic: T, handler: Handler<T>): () => void {
    let handlers = this.handlers.get(topic);
    if (!handlers) {
      this.handlers.set(topic, (handlers = new Set()));
      const hear = (news: Envelope | undefined | null) => {
        if (news?.from === this.self) return;
        try {
          this.tell(topic, news?.payload as TopicPayloads[T]);
        } catch {
          // Whoever can write into Redis may say anything, and must not end the process with it. It was a hint at best.
        }
      };
      // Waits for Redis as long as it takes; nothing depends on it having happened.
      this.engine.subscribe(`lethe:${topic}`, hear, {}).catch(() => undefined);
    }
    handlers.add(handler);
    return () => handlers.delete(handler);
  }

  /** Calls back whenever news may have been missed because Redis was away. */
  onReconnected(handler: () => void): void {
    this.reconnected.add(handler);
  }

  private tell<T extends Topic>(topic: T, payload: TopicPayloads[T]): void {
    for (const handler of this.handlers.get(topic) ?? []) (handler as Handler<T>)(payload);
  }
}

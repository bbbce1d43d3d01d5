import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Clock } from '../config/clock.js';
import { Topics } from '../realtime/topics.js';
import { ACCESS_TOKEN_MS } from './access-tokens.js';
import { revokedSince } from './sessions.queries.js';

/** A minute longer than the last access token of an ended session can live. */
const REMEMBERED_MS = ACCESS_TOKEN_MS + 60_000;

/** For processes whose clocks differ. */
export const REVOCATIONS_KEPT_MS = 2 * REMEMBERED_MS;

/** A row is stamped before it is committed, and by a clock of another machine: look back a little every time. */
const OVERLAP_MS = 10_000;

/**
 * The sessions that ended lately, in memory: an access token is refused within a second of the session's end on every
 * process, and no request asks the database. The topic is quick and may get lost; the poll is sure.
 */
@Injectable()
export class Revocations implements OnModuleInit, OnApplicationShutdown {
  /** Session id → when it was heard of; the oldest first. */
  private readonly heardAt = new Map<string, number>();
  private readonly handlers = new Set<(sessionIds: string[]) => void>();
  private readonly stopping = new AbortController();
  private readTo = 0;
  private reading: Promise<void> | undefined;

  constructor(
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
    private readonly topics: Topics,
  ) {}

  async onModuleInit(): Promise<void> {
    this.topics.on('sessions-revoked', ({ sessionIds }) => this.hear(sessionIds));
    await this.read();
    this.reading = this.keepReading(this.stopping.signal);
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await this.reading;
  }

  has(sessionId: string): boolean {
    return this.heardAt.has(sessionId);
  }

  /** Called once the end of the sessions is committed: says so here at once and to the other processes. */
  tell(sessionIds: string[]): void {
    if (sessionIds.length > 0) this.topics.publish('sessions-revoked', { sessionIds });
  }

  /** Calls back with every session that ends, on whatever process, once. Gives a way to stop listening. */
  onRevoked(handler: (sessionIds: string[]) => void): () => void {
    this.handlers.add(handler);
    return () => this.handlers.delete(handler);
  }

  private async keepReading(signal: AbortSignal): Promise<void> {
    const ignored = () => undefined;
    while (!signal.aborted) {
      // Jittered, so that many processes do not ask in step.
      await sleep(500 + Math.random() * 200, undefined, { signal, ref: false }).catch(ignored);
      // While the database is away nothing can be revoked; the next reading starts where the last good one ended.
      if (!signal.aborted) await this.read().catch(ignored);
    }
  }

  private async read(): Promise<void> {
    const now = this.clock.now().getTime();
    const since = Math.max(this.readTo - OVERLAP_MS, now - REMEMBERED_MS);
    this.hear(await revokedSince(this.dataSource.manager, new Date(since)));
    this.readTo = now;
    this.forget(now - REMEMBERED_MS);
  }

  private hear(sessionIds: string[]): void {
    const news = sessionIds.filter((id) => !this.heardAt.has(id));
    if (news.length === 0) return;
    for (const id of news) this.heardAt.set(id, this.clock.now().getTime());
    for (const handler of this.handlers) handler(news);
  }

  private forget(before: number): void {
    for (const [id, at] of this.heardAt) {
      if (at > before) return;
      this.heardAt.delete(id);
    }
  }
}

import { setTimeout as pause } from 'node:timers/promises';
import type { GraphqlError } from '../harness/graphql-client.js';
import { type FollowerRecord, type History, type Page, Received } from './history.js';
import type { Random } from './random.js';
import { type Identity, Wire } from './wire.js';

const PAGE = `channelId cursor caughtUp gaps { fromSeq toSeq reason } entries {
  __typename id seq ... on Message { epoch sealedBody expiresAt } ... on MembershipChange { epoch accountId change }
}`;
const CHANNEL = `subscription ($id: ID!, $after: Cursor) { channelLog(channelId: $id, after: $after) { ${PAGE} } }`;
const FEED = `subscription ($after: [ChannelCursorInput!]) { feed(after: $after) { ${PAGE} } }`;

/** How a socket may end under faults: cut, restarted, token over, slow, connection not acknowledged in time. */
const CLOSE_CODES = new Set([1006, 1012, 4008, 4403, 4408, 4499, 4504]);
/** Former members are told NOT_FOUND. */
const CODES = new Set(['UNAVAILABLE', 'NOT_FOUND']);

/** Where a follower of one channel begins. */
export interface Beginning {
  channelId: string;
  /** Of the empty log. */
  cursor: string;
}

/** Follows one channel or all of its account's, stores cursor and content together, and resumes by cursor for ever. */
export class Follower {
  readonly record: FollowerRecord;
  private readonly cursors = new Map<string, string>();
  private wire: Wire | undefined;
  private stopping = false;
  private connectedAt = 0;

  constructor(
    name: string,
    private readonly who: Identity,
    private readonly servers: readonly { url: string }[],
    private readonly random: Random,
    private readonly history: History,
    private readonly beginning?: Beginning,
  ) {
    this.record = { name, accountId: who.id, channelId: beginning?.channelId, channels: new Map() };
    if (beginning) this.cursors.set(beginning.channelId, beginning.cursor);
    history.followers.push(this.record);
  }

  async follow(): Promise<void> {
    while (!this.stopping) {
      this.wire = new Wire(this.random.pick(this.servers).url, this.who);
      this.connectedAt = performance.now();
      this.history.resumes += 1;
      await this.subscription(this.wire);
      this.wire.close();
      if (!this.stopping) await pause(this.random.between(20, 300));
    }
  }

  stop(): void {
    this.stopping = true;
    this.wire?.close();
  }

  drop(): void {
    this.wire?.drop();
  }

  async sleep(milliseconds: number): Promise<void> {
    const { wire } = this;
    wire?.stall();
    await pause(milliseconds);
    wire?.wake();
  }

  private subscription({ client }: Wire): Promise<void> {
    return new Promise((resolve) => {
      client.subscribe<Record<string, Page>>(this.operation(), {
        next: ({ data, errors }) => {
          const page = data?.channelLog ?? data?.feed;
          if (page) this.take(page);
          else this.explain(errors);
        },
        error: (error) => {
          this.explain(error);
          resolve();
        },
        complete: resolve,
      });
    });
  }

  private operation(): { query: string; variables: Record<string, unknown> } {
    const { beginning, cursors } = this;
    if (beginning)
      return { query: CHANNEL, variables: { id: beginning.channelId, after: cursors.get(beginning.channelId) } };
    return { query: FEED, variables: { after: [...cursors].map(([channelId, after]) => ({ channelId, after })) } };
  }

  private take(page: Page): void {
    const { channelId, cursor, entries, caughtUp } = page;
    const received = this.record.channels.get(channelId) ?? new Received(this.beginning ? 0 : null);
    this.record.channels.set(channelId, received);
    received.take(page, Date.now());
    this.cursors.set(channelId, cursor);
    this.history.deliveries += entries.length;
    if (caughtUp) this.level();
  }

  private level(): void {
    if (this.connectedAt === 0) return;
    this.history.longestCatchUpMs = Math.max(this.history.longestCatchUpMs, performance.now() - this.connectedAt);
    this.connectedAt = 0;
  }

  private explain(reason: unknown): void {
    if (this.stopping) return;
    if (Array.isArray(reason)) {
      for (const { extensions } of reason as GraphqlError[])
        if (!CODES.has(extensions.code)) this.history.surprise(`${this.record.name}: ${extensions.code}`);
    } else if (reason instanceof Object && 'code' in reason && typeof reason.code === 'number') {
      if (!CLOSE_CODES.has(reason.code)) this.history.surprise(`${this.record.name}: closed with ${reason.code}`);
    }
  }
}

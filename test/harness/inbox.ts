import type { Client } from 'graphql-ws';
import { Pages } from './pages.js';

export interface Entry {
  __typename: string;
  id: string;
  seq: number;
  sealedBody?: string | null;
  refersTo?: string | null;
  accountId?: string;
  change?: string;
}

export interface Page {
  channelId: string;
  entries: Entry[];
  gaps: { fromSeq: number; toSeq: number; reason: string }[];
  cursor: string;
  caughtUp: boolean;
}

/** What stories select of a page. */
export const FOLLOW =
  'channelId cursor caughtUp gaps { fromSeq toSeq reason } entries { __typename id seq ... on Message { sealedBody } ... on MessageEdit { sealedBody refersTo } ... on Reaction { sealedBody refersTo } ... on Retraction { refersTo } ... on MembershipChange { accountId change } }';

/** What a subscription to logs has brought. */
export class Inbox extends Pages<Page> {
  private entries: Entry[] = [];
  /** The cursor of the last page taken from here. */
  cursor: string | undefined;
  /** Cursors of a feed, by channel. */
  readonly cursors = new Map<string, string>();

  constructor(client: Client, field: 'channelLog' | 'feed', query: string, variables: Record<string, unknown>) {
    super(client, field, query, variables);
  }

  override async page(): Promise<Page> {
    const page = await super.page();
    this.cursor = page.cursor;
    this.cursors.set(page.channelId, page.cursor);
    return page;
  }

  /** The next entry, over however many pages it takes. */
  async next(): Promise<Entry> {
    while (this.entries.length === 0) this.entries = [...(await this.page()).entries];
    return this.entries.shift() as Entry;
  }

  async take(count: number): Promise<Entry[]> {
    const taken: Entry[] = [];
    while (taken.length < count) taken.push(await this.next());
    return taken;
  }
}

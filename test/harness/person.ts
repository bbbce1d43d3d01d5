import { randomUUID } from 'node:crypto';
import { type Client, createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { granted, graphql, type GraphqlAnswer } from './graphql-client.js';
import { type Entry, FOLLOW, Inbox, type Page } from './inbox.js';
import { register, type Tokens } from './people.js';

/** What stands in for ciphertext in stories: 256 bytes that are no text, with words inside that the story knows. */
export function sealed(words: string, bytes = 256): string {
  const body = Buffer.alloc(bytes, 0xff);
  body.write(`${words}\0`, 1);
  return body.toString('base64');
}

export function opened(sealedBody: string): string {
  const body = Buffer.from(sealedBody, 'base64');
  return body.subarray(1, body.indexOf(0)).toString();
}

export interface Posted {
  id: string;
  seq: number;
  createdAt: string;
  duplicate: boolean;
}

export interface ChannelFacts {
  id: string;
  kind: string;
  epoch: number;
  minEpoch: number;
  headSeq: number;
}

const CHANNEL = 'id kind epoch minEpoch headSeq';

/** Somebody with one device, who talks to one relay process over HTTP and one socket. */
export class Person {
  private socket: Client | undefined;

  constructor(
    readonly at: { readonly url: string },
    readonly tokens: Tokens,
  ) {}

  get id(): string {
    return this.tokens.account.id;
  }

  get token(): string {
    return this.tokens.accessToken;
  }

  /** The same person at another process. */
  movesTo(at: { readonly url: string }): Person {
    return new Person(at, this.tokens);
  }

  tries<Data = Record<string, unknown>>(
    query: string,
    variables: Record<string, unknown> = {},
  ): Promise<GraphqlAnswer<Data>> {
    return graphql<Data>(this.at.url, query, variables, this.token);
  }

  async asks<Data = Record<string, unknown>>(query: string, variables: Record<string, unknown> = {}): Promise<Data> {
    return granted(await this.tries<Data>(query, variables));
  }

  async opensDirectWith(other: Person): Promise<string> {
    const { openDirect } = await this.asks<{ openDirect: ChannelFacts }>(
      `mutation ($id: ID!) { openDirect(userId: $id) { ${CHANNEL} } }`,
      { id: other.id },
    );
    return openDirect.id;
  }

  async makesGroupWith(...others: Person[]): Promise<string> {
    const { createGroup } = await this.asks<{ createGroup: ChannelFacts }>(
      `mutation ($input: CreateGroupInput!) { createGroup(input: $input) { ${CHANNEL} } }`,
      { input: { memberIds: others.map(({ id }) => id), sealedMeta: sealed('group') } },
    );
    return createGroup.id;
  }

  async looksAt(channelId: string): Promise<ChannelFacts> {
    const { channel } = await this.asks<{ channel: ChannelFacts }>(
      `query ($id: ID!) { channel(id: $id) { ${CHANNEL} } }`,
      {
        id: channelId,
      },
    );
    return channel;
  }

  triesToChange(
    mutation: 'addChannelMember' | 'removeChannelMember',
    channelId: string,
    other: Person,
  ): Promise<GraphqlAnswer<Record<string, ChannelFacts>>> {
    return this.tries(`mutation ($input: ChannelMemberInput!) { ${mutation}(input: $input) { ${CHANNEL} } }`, {
      input: { channelId, accountId: other.id },
    });
  }

  async adds(other: Person, channelId: string): Promise<void> {
    granted(await this.triesToChange('addChannelMember', channelId, other));
  }

  async removes(other: Person, channelId: string): Promise<void> {
    granted(await this.triesToChange('removeChannelMember', channelId, other));
  }

  triesToPost(
    channelId: string,
    words: string,
    input: Record<string, unknown> = {},
  ): Promise<GraphqlAnswer<{ postMessage: Posted }>> {
    return this.tries(
      'mutation ($input: PostMessageInput!) { postMessage(input: $input) { id seq createdAt duplicate } }',
      { input: { channelId, clientMessageId: randomUUID(), epoch: 1, sealedBody: sealed(words), ...input } },
    );
  }

  async posts(channelId: string, words: string, input: Record<string, unknown> = {}): Promise<Posted> {
    return granted(await this.triesToPost(channelId, words, input)).postMessage;
  }

  /** A page of the log, as a query. */
  async reads(channelId: string, after?: string, first?: number): Promise<Page> {
    const { channelLog } = await this.asks<{ channelLog: Page }>(
      `query ($id: ID!, $after: Cursor, $first: Int) { channelLog(channelId: $id, after: $after, first: $first) { ${FOLLOW} } }`,
      { id: channelId, after, first },
    );
    return channelLog;
  }

  follows(channelId: string, after?: string): Inbox {
    const query = `subscription ($id: ID!, $after: Cursor) { channelLog(channelId: $id, after: $after) { ${FOLLOW} } }`;
    return new Inbox(this.connection, 'channelLog', query, { id: channelId, after });
  }

  followsAll(after?: { channelId: string; after: string }[]): Inbox {
    const query = `subscription ($after: [ChannelCursorInput!]) { feed(after: $after) { ${FOLLOW} } }`;
    return new Inbox(this.connection, 'feed', query, { after });
  }

  get connection(): Client {
    this.socket ??= createClient({
      url: `${this.at.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: { accessToken: this.token },
      retryAttempts: 0,
      lazy: true,
    });
    return this.socket;
  }

  async goesAway(): Promise<void> {
    await this.socket?.dispose();
    this.socket = undefined;
  }
}

/** New people, each with an account and a device. */
export async function people(at: { readonly url: string }, ...names: string[]): Promise<Person[]> {
  return Promise.all(names.map(async (name) => new Person(at, await register(at, name))));
}

export const wordsOf = (entries: Entry[]): string[] => entries.map(({ sealedBody }) => opened(sealedBody ?? ''));

import { randomUUID } from 'node:crypto';
import { type ApolloClient, gql, type NormalizedCacheObject } from '@apollo/client';
import { buildSchema, type GraphQLInterfaceType } from 'graphql';
import { WebSocket } from 'ws';
import { cache } from '../../demo/apollo/cache.js';
import { connect } from '../../demo/apollo/client.js';
import { afterClosing, follow } from '../../demo/apollo/follow.js';
import { history, older } from '../../demo/apollo/history.js';
import { Log, type LogPage } from '../../demo/apollo/log.js';
import { type Draft, post } from '../../demo/apollo/outbox.js';
import { refusalOf, SessionOver } from '../../demo/apollo/refusal.js';
import { logIn, Session, type Tokens, type TokenStore } from '../../demo/apollo/session.js';
import { closeCodes } from '../../src/errors/error-codes.js';
import { read } from '../contract/sources.js';
import { freePort } from '../harness/free-port.js';
import { login, PASSWORD } from '../harness/people.js';
import { opened, people, Person, sealed } from '../harness/person.js';
import { startRelay, type TestRelay } from '../harness/relay.js';
import { within } from '../harness/within.js';

const ME = gql`
  query Me {
    me {
      id
      username
    }
  }
`;

const LOG_OUT = gql`
  mutation LogOut {
    logout
  }
`;

const CHANNELS = gql`
  query Channels($first: Int, $after: Cursor) {
    channels(first: $first, after: $after) {
      nodes {
        id
        headSeq
      }
      pageInfo {
        endCursor
      }
    }
  }
`;

interface Channels {
  channels: { nodes: { id: string }[]; pageInfo: { endCursor: string } };
}

const HEAD = gql`
  fragment Head on Channel {
    headSeq
  }
`;

const ENTRY = gql`
  fragment Entry on ChannelEntry {
    id
  }
`;

class Storage implements TokenStore {
  writes = 0;
  private tokens: Tokens | undefined;

  read(): Promise<Tokens | undefined> {
    return Promise.resolve(this.tokens);
  }

  write(tokens: Tokens | undefined): Promise<void> {
    this.writes++;
    this.tokens = tokens;
    return Promise.resolve();
  }
}

/** Remembers the order, and what came twice. */
class Diary extends Log {
  readonly taken: string[] = [];

  override take(page: LogPage): Promise<void> {
    for (const { sealedBody } of page.entries) this.taken.push(opened(sealedBody ?? ''));
    return super.take(page);
  }
}

/** A tab of somebody who is logged in: what the guide makes of a relay and a place for tokens. */
class Tab {
  readonly session: Session;
  readonly client: ApolloClient;
  private readonly socket;
  private readonly stop = new AbortController();
  following: Promise<void> | undefined;

  constructor(
    relay: string,
    readonly store: Storage,
    options: { fetch?: typeof fetch } = {},
    readonly log = new Diary(),
  ) {
    this.session = new Session(relay, store);
    const { client, socket } = connect(relay, this.session, { webSocketImpl: WebSocket, ...options });
    this.client = client;
    this.socket = socket;
  }

  follows(): void {
    this.following = follow(this.client, this.session, this.log, this.stop.signal);
    this.following.catch(() => undefined);
  }

  hasRead(count: number): Promise<void> {
    return within(10_000, () => this.log.entries.size >= count);
  }

  /** As a network does that goes away. */
  loses(): void {
    this.socket.terminate();
  }

  async closes(): Promise<void> {
    this.stop.abort();
    await this.following?.catch(() => undefined);
    await this.socket.dispose();
    this.client.stop();
  }
}

describe('what docs/apollo-client.md shows', () => {
  let relay: TestRelay;
  let alice: Person;
  let bob: Person;
  let group: string;
  let store: Storage;
  const tabs: Tab[] = [];

  const opensTab = (options: { fetch?: typeof fetch } = {}) => {
    const tab = new Tab(relay.url, store, options);
    tabs.push(tab);
    return tab;
  };

  beforeAll(async () => {
    relay = await startRelay();
  });
  afterAll(() => relay.stop());
  const back = async ({ tokens }: Person) =>
    new Person(relay, await login(relay, tokens.account.username, tokens.device?.id));

  beforeEach(async () => {
    const names = ['alice', 'bob'].map((name) => `${name}-${randomUUID().slice(0, 8)}`);
    [alice, bob] = (await people(relay, ...names)) as [Person, Person];
    group = await alice.makesGroupWith(bob);
    store = new Storage();
    const deviceId = bob.tokens.device?.id ?? '';
    await logIn(relay.url, store, { username: bob.tokens.account.username, password: PASSWORD, deviceId });
  });
  afterEach(() => Promise.all(tabs.splice(0).map((tab) => tab.closes())));

  const draft = (words: string): Draft => ({
    channelId: group,
    clientMessageId: randomUUID(),
    epoch: 1,
    sealedBody: sealed(words),
  });

  describe('a session', () => {
    it('is renewed once, however many ask at the same time', async () => {
      const tab = opensTab();
      const before = store.writes;
      relay.clock.advance({ minutes: 16 });

      const ask = () =>
        tab.client.query({ query: ME, fetchPolicy: 'no-cache', context: { queryDeduplication: false } });
      const answers = await Promise.all([ask(), ask(), ask()]);

      expect(answers.map(({ data }) => data)).toEqual(
        answers.map(() => ({ me: expect.objectContaining({ username: bob.tokens.account.username }) as object })),
      );
      expect(store.writes - before).toBe(1);
    });

    it('goes on in every tab when several renew it', async () => {
      const [one, two] = [opensTab(), opensTab()];
      relay.clock.advance({ minutes: 16 });
      const ask = (tab: Tab) => tab.client.query({ query: ME, fetchPolicy: 'no-cache' });
      for (const { data } of await Promise.all([ask(one), ask(two)])) expect(data).toMatchObject({ me: {} });
      relay.clock.advance({ minutes: 16 });
      for (const { data } of [await ask(two), await ask(one)]) expect(data).toMatchObject({ me: {} });
    });

    it('is over when it was ended elsewhere, and its tokens are forgotten', async () => {
      const tab = opensTab();
      await tab.client.mutate({
        mutation: gql`
          mutation {
            logout
          }
        `,
      });
      await expect(tab.client.query({ query: ME, fetchPolicy: 'no-cache' })).rejects.toThrow(SessionOver);
      expect(await store.read()).toBeUndefined();
    });
  });

  describe('a post', () => {
    const kept: Draft[] = [];
    const author = {
      keep: (draft: Draft) => Promise.resolve(void kept.push(draft)),
      seal: (epoch: number) => Promise.resolve(sealed(`for epoch ${epoch}`)),
    };
    beforeEach(() => kept.splice(0));

    it('is made once, though its answer gets lost', async () => {
      let lost = 0;
      const losing: typeof fetch = async (url, init) => {
        const response = await fetch(url, init);
        if (lost++ === 0) throw new TypeError('the network went away');
        return response;
      };
      const posted = await post(opensTab({ fetch: losing }).client, draft('once'), author);

      expect(posted).toMatchObject({ seq: 1, duplicate: true });
      expect((await alice.reads(group)).entries).toHaveLength(1);
    });

    it('is sealed again for those who are there now', async () => {
      const [carol] = (await people(relay, 'carol')) as [Person];
      await alice.adds(carol, group);
      await alice.removes(carol, group);

      expect(await post(opensTab().client, draft('stale'), author)).toMatchObject({ seq: 3, duplicate: false });
      expect(kept.map(({ epoch }) => epoch)).toEqual([1, 3]);
      expect(new Set(kept.map(({ clientMessageId }) => clientMessageId)).size).toBe(1);
    });

    it('that is refused says why', async () => {
      const bare = { ...draft(''), sealedBody: Buffer.alloc(10, 0xff).toString('base64') };
      const refused: unknown = await post(opensTab().client, bare, author).catch((error: unknown) => error);
      expect(refusalOf(refused)).toMatchObject({
        code: 'BAD_USER_INPUT',
        reason: 'NOT_PADDED',
        fields: [{ path: 'input.sealedBody' }],
      });
    });

    it('is put off as long as the relay asks', async () => {
      const strict = await startRelay({ beside: relay, env: { LETHE_LIMIT_SCALE: '1' } });
      const tab = new Tab(strict.url, store);
      const answers = await Promise.all(
        Array.from({ length: 60 }, () =>
          tab.client.query({ query: ME, fetchPolicy: 'no-cache', context: { queryDeduplication: false } }),
        ),
      );
      expect(answers.filter(({ data }) => data === undefined)).toEqual([]);
      await tab.closes();
      await strict.stop();
    });
  });

  describe('a follower', () => {
    it('gets everything once, although it was away', async () => {
      const tab = opensTab();
      tab.follows();
      await alice.posts(group, 'one');
      await tab.hasRead(1);
      tab.loses();
      await alice.posts(group, 'two');
      await tab.hasRead(2);
      expect(tab.log.taken).toEqual(['one', 'two']);
    });

    it('goes on with the next token when the one of its socket is past its time', async () => {
      const tab = opensTab();
      tab.follows();
      await alice.posts(group, 'before');
      await tab.hasRead(1);
      const { refreshToken } = (await store.read()) as Tokens;
      relay.clock.advance({ minutes: 16 });
      await within(10_000, async () => (await store.read())?.refreshToken !== refreshToken);
      await (await back(alice)).posts(group, 'after');
      await tab.hasRead(2);
      expect(tab.log.taken).toEqual(['before', 'after']);
    });

    it('that wakes up with a token past its time gets another one first', async () => {
      await alice.posts(group, 'while it slept');
      relay.clock.advance({ minutes: 16 });
      const tab = opensTab();
      tab.follows();
      await tab.hasRead(1);
      expect(tab.log.taken).toEqual(['while it slept']);
    });

    it('goes on when the relay has been started again', async () => {
      const env = { PORT: String(await freePort()) };
      const first = await startRelay({ beside: relay, env });
      const tab = new Tab(first.url, store);
      tab.follows();
      await alice.posts(group, 'before');
      await tab.hasRead(1);
      await first.stop();
      await alice.posts(group, 'meanwhile');
      const second = await startRelay({ beside: relay, env });
      await tab.hasRead(2);
      expect(tab.log.taken).toEqual(['before', 'meanwhile']);
      await tab.closes();
      await second.stop();
    });

    it('stops when the session was ended elsewhere', async () => {
      const tab = opensTab();
      tab.follows();
      await alice.posts(group, 'before');
      await tab.hasRead(1);
      await tab.client.mutate({ mutation: LOG_OUT });
      await expect(tab.following).rejects.toThrow(SessionOver);
      expect(await store.read()).toBeUndefined();
    });

    it('is told what it cannot have any more', async () => {
      await alice.posts(group, 'short-lived', { expiresInSeconds: 1 });
      await alice.posts(group, 'for ever');
      relay.clock.advance({ seconds: 2 });
      const tab = opensTab();
      tab.follows();
      await tab.hasRead(1);
      expect(tab.log.taken).toEqual(['for ever']);
      expect(tab.log.gaps).toContainEqual(expect.objectContaining({ fromSeq: 1, toSeq: 1, reason: 'EXPIRED' }));
    });

    it('begins anew, and knows what it has, when the relay was restored from a backup', async () => {
      const before = opensTab();
      before.follows();
      await alice.posts(group, 'known');
      await before.hasRead(1);
      await before.closes();

      await relay.rows('UPDATE deployment SET epoch = gen_random_uuid()');
      const restored = await startRelay({ beside: relay });
      const after = new Tab(restored.url, store, {}, before.log);
      after.follows();
      await within(10_000, () => after.log.taken.length === 2);
      expect(after.log.taken).toEqual(['known', 'known']);
      expect(after.log.entries.size).toBe(1);
      await after.closes();
      await restored.stop();
    });

    it('knows what to do about every way in which the relay closes a socket', () => {
      expect(Object.fromEntries(Object.entries(closeCodes).map(([name, code]) => [name, afterClosing(code)]))).toEqual({
        RESTART: 'WAIT',
        SLOW_CONSUMER: 'WAIT',
        SESSION_REVOKED: 'LOG_IN',
        TOKEN_EXPIRED: 'RENEW',
        TOO_MANY_REQUESTS: 'WAIT',
      });
      expect([1009, 4400, 4406, 4409, 4429].map(afterClosing)).toEqual(Array(5).fill('MEND'));
    });
  });

  describe('the cache', () => {
    it('adds older pages before what is there', async () => {
      for (let n = 1; n <= 60; n++) await alice.posts(group, `message ${n}`);
      const { client } = opensTab();
      const query = history(client, group);
      const shown = () => {
        const { data, dataState } = query.getCurrentResult();
        return dataState === 'complete' ? data.channel.messages.edges.map(({ node }) => node.seq) : [];
      };
      const subscription = query.subscribe(() => undefined);
      await within(10_000, () => shown().length === 50);
      expect(shown()[0]).toBe(11);
      expect(await older(query)).toBe(true);
      await within(10_000, () => shown().length > 50);
      expect(shown()).toEqual(Array.from({ length: 60 }, (_, index) => index + 1));
      expect(await older(query)).toBe(false);
      subscription.unsubscribe();
    });

    it('adds the next page of a list to the one before', async () => {
      await alice.makesGroupWith(bob);
      const { client } = opensTab();
      const query = client.watchQuery({ query: CHANNELS, variables: { first: 1 } });
      const shown = () => (query.getCurrentResult().data as Channels | undefined)?.channels;
      const subscription = query.subscribe(() => undefined);
      await within(10_000, () => shown()?.nodes.length === 1);
      await query.fetchMore({ variables: { after: shown()?.pageInfo.endCursor } });
      await within(10_000, () => shown()?.nodes.length === 2);
      expect(new Set(shown()?.nodes.map(({ id }) => id)).size).toBe(2);
      subscription.unsubscribe();
    });

    it('shows in lists of channels what a follower has read', async () => {
      const tab = opensTab();
      await tab.client.query({ query: CHANNELS });
      tab.follows();
      await alice.posts(group, 'new');
      await tab.hasRead(1);
      const head = () => tab.client.readFragment<{ headSeq: number }>({ id: `Channel:${group}`, fragment: HEAD });
      expect(head()?.headSeq).toBe(1);
    });

    it('knows every kind of entry that the schema has', () => {
      const schema = buildSchema(read('schema.graphql'));
      const { objects } = schema.getImplementations(schema.getType('ChannelEntry') as GraphQLInterfaceType);
      // Put there under its own name: a cache that is written to under another learns from that.
      const filled = objects.map(({ name }) => ({ [`${name}:1`]: { __typename: name, id: '1' } }));
      const restored = cache().restore(Object.assign({}, ...filled) as NormalizedCacheObject);
      const idOf = (name: string) => restored.readFragment<{ id?: string }>({ id: `${name}:1`, fragment: ENTRY })?.id;
      const known = objects.filter(({ name }) => idOf(name) === '1');
      expect(objects.length).toBeGreaterThan(1);
      expect(known).toEqual(objects);
    });
  });
});

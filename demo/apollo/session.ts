import { ApolloClient, gql, HttpLink, InMemoryCache, type TypedDocumentNode } from '@apollo/client';
import { RetryLink } from '@apollo/client/link/retry';
import { refusalOf, SessionOver } from './refusal.js';

export interface Tokens {
  accessToken: string;
  refreshToken: string;
}

/** Where this device keeps its tokens, shared by all tabs. */
export interface TokenStore {
  read(): Promise<Tokens | undefined>;
  write(tokens: Tokens | undefined): Promise<void>;
}

interface Credentials {
  username: string;
  password: string;
  deviceId: string;
  totpCode?: string;
}

const LOG_IN: TypedDocumentNode<{ login: Tokens }, { input: Credentials }> = gql`
  mutation LogIn($input: LoginInput!) {
    login(input: $input) {
      accessToken
      refreshToken
    }
  }
`;

const REFRESH: TypedDocumentNode<{ refreshSession: Tokens }, { refreshToken: string }> = gql`
  mutation Refresh($refreshToken: String!) {
    refreshSession(refreshToken: $refreshToken) {
      accessToken
      refreshToken
    }
  }
`;

/** For what needs no token. Its answers are secrets: nothing of them goes into a cache. */
function stranger(relay: string): ApolloClient {
  const http = new HttpLink({ uri: new URL('/graphql', relay).href });
  // Quick, because an answer that got lost is given again for 10 seconds only.
  const quick = new RetryLink({ delay: { initial: 200, max: 1_000 }, attempts: { max: 6 } });
  return new ApolloClient({
    link: quick.concat(http),
    cache: new InMemoryCache(),
    defaultOptions: { mutate: { fetchPolicy: 'no-cache' } },
  });
}

export async function logIn(relay: string, store: TokenStore, input: Credentials): Promise<void> {
  const { data } = await stranger(relay).mutate({ mutation: LOG_IN, variables: { input } });
  await store.write(data?.login);
}

export class Session {
  private renewing: Promise<string> | undefined;
  private readonly relay: ApolloClient;

  constructor(
    relay: string,
    private readonly store: TokenStore,
    /** One tab at a time. In a browser: `(work) => navigator.locks.request('session', work)`. */
    private readonly exclusively = (work: () => Promise<string>) => work(),
  ) {
    this.relay = stranger(relay);
  }

  async accessToken(): Promise<string> {
    const tokens = await this.store.read();
    if (!tokens) throw new SessionOver('Nobody is logged in.');
    return tokens.accessToken;
  }

  /** A token in place of one that was refused. Many may ask at once; the refresh token is used once. */
  renew(refused: string): Promise<string> {
    this.renewing ??= this.exclusively(() => this.exchange(refused)).finally(() => (this.renewing = undefined));
    return this.renewing;
  }

  async end(): Promise<never> {
    await this.store.write(undefined);
    throw new SessionOver('The session has ended.');
  }

  private async exchange(refused: string): Promise<string> {
    const tokens = await this.store.read();
    if (!tokens) return this.end();
    // Another tab was first.
    if (tokens.accessToken !== refused) return tokens.accessToken;
    const next = await this.nextAfter(tokens.refreshToken);
    // Stored before it is used: from now on the old one is void.
    await this.store.write(next);
    return next.accessToken;
  }

  private async nextAfter(refreshToken: string): Promise<Tokens> {
    try {
      const { data } = await this.relay.mutate({ mutation: REFRESH, variables: { refreshToken } });
      if (!data) throw new Error('The relay answered without data.');
      return data.refreshSession;
    } catch (error) {
      // Anything else is not about the session: it may go on later.
      if (refusalOf(error)?.code === 'UNAUTHENTICATED') return this.end();
      throw error;
    }
  }
}

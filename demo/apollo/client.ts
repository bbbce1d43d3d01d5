import { ApolloClient, ApolloLink, HttpLink } from '@apollo/client';
import { CombinedGraphQLErrors } from '@apollo/client/errors';
import { SetContextLink } from '@apollo/client/link/context';
import { ErrorLink } from '@apollo/client/link/error';
import { RetryLink } from '@apollo/client/link/retry';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { OperationTypeNode } from 'graphql';
import { type Client, createClient } from 'graphql-ws';
import { defer, map, switchMap } from 'rxjs';
import { cache } from './cache.js';
import { patience, refusalOf } from './refusal.js';
import type { Session } from './session.js';

const MOST_ATTEMPTS = 6;

interface Surroundings {
  /** Node before 22 has no WebSocket of its own. */
  webSocketImpl?: unknown;
  fetch?: typeof fetch;
}

/** Queries and mutations over HTTP, subscriptions over one socket, both in the name of a session. */
export function connect(relay: string, session: Session, { webSocketImpl, fetch }: Surroundings = {}) {
  const uri = new URL('/graphql', relay).href;
  const http = ApolloLink.from([
    retrying,
    temporary,
    renewing(session),
    bearing(session),
    new HttpLink({ uri, fetch }),
  ]);
  let token = '';
  const socket = createClient({
    url: uri.replace(/^http/, 'ws'),
    webSocketImpl,
    // Asked for anew whenever a socket is opened. Never put a token into the address.
    connectionParams: async () => ({ accessToken: (token = await session.accessToken()) }),
    // It would repeat the subscription with its old cursor. Following anew is the follower's business.
    retryAttempts: 0,
  });
  const link = ApolloLink.split(
    ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
    new GraphQLWsLink(tellingWhy(socket, () => token)),
    http,
  );
  return { client: new ApolloClient({ link, cache: cache() }), socket };
}

const bearing = (session: Session) =>
  new SetContextLink(async ({ headers }) => {
    const token = await session.accessToken();
    return { token, headers: { ...(headers as object), authorization: `Bearer ${token}` } };
  });

/** An access token lives for 15 minutes. What was refused for its age is asked again with the next one. */
const renewing = (session: Session) =>
  new ErrorLink(({ error, operation, forward }) => {
    const { reason } = refusalOf(error) ?? {};
    if (reason === 'SESSION_EXPIRED')
      return defer(() => session.renew(String(operation.getContext().token))).pipe(switchMap(() => forward(operation)));
    if (reason === 'SESSION_REVOKED' || reason === 'TOKEN_INVALID') return defer(() => session.end());
  });

/** Apollo retries what is thrown, and a refusal of GraphQL is an answer. */
const temporary = new ApolloLink((operation, forward) =>
  forward(operation).pipe(
    map((result) => {
      const error = result.errors && new CombinedGraphQLErrors(result);
      if (error && patience(error, 0) !== undefined) throw error;
      return result;
    }),
  ),
);

const retrying = new RetryLink({
  delay: (attempt, _, error) => patience(error, attempt) ?? 0,
  attempts: (attempt, operation, error) =>
    attempt < MOST_ATTEMPTS && mayBeRepeated(operation, error) && patience(error, attempt) !== undefined,
});

/** When an answer gets lost, nobody knows whether the work was done: that is for mutations to say that do not mind. */
function mayBeRepeated(operation: ApolloLink.Operation, error: unknown): boolean {
  if (operation.operationType === OperationTypeNode.QUERY || refusalOf(error)?.code === 'RATE_LIMITED') return true;
  return operation.getContext().repeatable === true;
}

export class SocketClosed extends Error {
  constructor(
    /** 0 when there was no socket at all. */
    readonly code: number,
    /** The access token it was opened with. */
    readonly token: string,
  ) {
    super(`The socket was closed: ${code}`);
  }
}

/** Apollo's link would make a text of the close code, on which it depends what to do. */
const tellingWhy = (socket: Client, token: () => string): Client => ({
  ...socket,
  subscribe: (operation, sink) =>
    socket.subscribe(operation, {
      next: (value) => sink.next(value as never),
      complete: () => sink.complete(),
      error: (error) => sink.error(Array.isArray(error) ? error : new SocketClosed(codeOf(error), token())),
    }),
});

const codeOf = (event: unknown) =>
  typeof event === 'object' && event !== null && 'code' in event && typeof event.code === 'number' ? event.code : 0;

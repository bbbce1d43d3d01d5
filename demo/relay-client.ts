import { ApolloClient, ApolloLink, gql, HttpLink, InMemoryCache, type TypedDocumentNode } from '@apollo/client';
import { CombinedGraphQLErrors, ServerError } from '@apollo/client/errors';
import { RetryLink } from '@apollo/client/link/retry';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { OperationTypeNode } from 'graphql';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import type { DeviceKeys, KeyBundle } from './signal-device.js';

// Apollo Client looks for it when a subscription fails; Node has one of its own from version 22 on.
if (!('WebSocket' in globalThis)) Object.assign(globalThis, { WebSocket });

/** Apollo Client for a relay: queries and mutations over HTTP, subscriptions over one socket. */
export function connectTo(relay: string, accessToken?: string) {
  const uri = new URL('/graphql', relay).href;
  const headers = accessToken ? { authorization: `Bearer ${accessToken}` } : undefined;
  const http = new RetryLink({ attempts: { retryIf: isTemporary } }).concat(new HttpLink({ uri, headers }));
  const socket = createClient({
    url: uri.replace(/^http/, 'ws'),
    webSocketImpl: WebSocket,
    connectionParams: { accessToken },
    // A retry would repeat the old cursor. Follow anew instead, with the cursor stored last.
    retryAttempts: 0,
  });
  const link = ApolloLink.split(
    ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
    new GraphQLWsLink(socket),
    http,
  );
  return { client: new ApolloClient({ link, cache: new InMemoryCache() }), socket };
}

/** The relay was not reached, or it is busy. Posting again is safe: a `clientMessageId` makes one message only. */
const isTemporary = (error: unknown) => !ServerError.is(error) || [429, 503].includes(error.statusCode);

/** How long the relay asks to be left alone, if that is what the error says. */
export function millisecondsToWait(error: unknown): number | undefined {
  const extensions = CombinedGraphQLErrors.is(error) ? error.errors[0]?.extensions : undefined;
  return extensions?.code === 'RATE_LIMITED' ? Number(extensions.retryAfterMs) : undefined;
}

export const REGISTER: TypedDocumentNode<
  { register: { accessToken: string; account: { id: string }; device: { id: string } } },
  { input: { username: string; password: string; device: DeviceKeys } }
> = gql`
  mutation Register($input: RegisterInput!) {
    register(input: $input) {
      accessToken
      account {
        id
      }
      device {
        id
      }
    }
  }
`;

export const CLAIM: TypedDocumentNode<{ claimKeyBundles: KeyBundle[] }, { userId: string }> = gql`
  mutation Claim($userId: ID!) {
    claimKeyBundles(userId: $userId) {
      deviceId
      registrationId
      identityKey
      signedPreKey {
        keyId
        publicKey
        signature
      }
      oneTimePreKey {
        keyId
        publicKey
      }
      kemPreKey {
        keyId
        algorithm
        publicKey
        signature
      }
    }
  }
`;

export const OPEN_DIRECT: TypedDocumentNode<{ openDirect: { id: string; epoch: number } }, { userId: string }> = gql`
  mutation OpenDirect($userId: ID!) {
    openDirect(userId: $userId) {
      id
      epoch
    }
  }
`;

export interface NewMessage {
  channelId: string;
  clientMessageId: string;
  epoch: number;
  sealedBody: string;
}

export const POST: TypedDocumentNode<
  { postMessage: { id: string; seq: number; duplicate: boolean } },
  { input: NewMessage }
> = gql`
  mutation Post($input: PostMessageInput!) {
    postMessage(input: $input) {
      id
      seq
      duplicate
    }
  }
`;

export interface LogPage {
  channelId: string;
  cursor: string;
  gaps: { fromSeq: number; toSeq: number; reason: string }[];
  entries: { id: string; seq: number; sealedBody?: string }[];
}

/** Everything in every channel of the viewer after the cursors: what was missed first, then live. */
export const FEED: TypedDocumentNode<{ feed: LogPage }, { after: { channelId: string; after: string }[] }> = gql`
  subscription Feed($after: [ChannelCursorInput!]) {
    feed(after: $after) {
      channelId
      cursor
      gaps {
        fromSeq
        toSeq
        reason
      }
      entries {
        id
        seq
        ... on Message {
          sealedBody
        }
      }
    }
  }
`;

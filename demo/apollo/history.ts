import { type ApolloClient, gql, type ObservableQuery, type TypedDocumentNode } from '@apollo/client';

interface Message {
  id: string;
  seq: number;
  createdAt: string;
  sealedBody: string | null;
}

interface History {
  channel: {
    id: string;
    messages: {
      edges: { cursor: string; node: Message }[];
      pageInfo: {
        hasPreviousPage: boolean;
        startCursor: string | null;
        hasNextPage: boolean;
        endCursor: string | null;
      };
    };
  };
}

interface Range {
  channelId: string;
  last: number;
  before?: string | null;
}

const MESSAGES: TypedDocumentNode<History, Range> = gql`
  query Messages($channelId: ID!, $last: Int, $before: Cursor) {
    channel(id: $channelId) {
      id
      messages(last: $last, before: $before) {
        edges {
          cursor
          node {
            id
            seq
            createdAt
            sealedBody
          }
        }
        pageInfo {
          hasPreviousPage
          startCursor
          hasNextPage
          endCursor
        }
      }
    }
  }
`;

/** The newest messages of a channel. In React: `useQuery(MESSAGES, { variables })`. */
export const history = (client: ApolloClient, channelId: string): ObservableQuery<History, Range> =>
  client.watchQuery({ query: MESSAGES, variables: { channelId, last: 50 } });

/** Adds the page before; false when there is none. `relayStylePagination` puts it in its place. */
export async function older(query: ObservableQuery<History, Range>): Promise<boolean> {
  const { data, dataState } = query.getCurrentResult();
  if (dataState !== 'complete' || !data.channel.messages.pageInfo.hasPreviousPage) return false;
  await query.fetchMore({ variables: { before: data.channel.messages.pageInfo.startCursor } });
  return true;
}

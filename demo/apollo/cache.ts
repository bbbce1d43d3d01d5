import { type FieldMergeFunction, type FieldPolicy, InMemoryCache, type Reference } from '@apollo/client';
import { relayStylePagination } from '@apollo/client/utilities';

interface Nodes {
  nodes: unknown[];
  pageInfo: { endCursor?: string | null };
}

/** Lists that only go forward: the next page comes after what is there, a first one in its place. */
const append: FieldMergeFunction<Nodes> = (known, page, { args }) =>
  args?.after && known ? { ...page, nodes: [...known.nodes, ...page.nodes] } : page;

const forward: FieldPolicy<Nodes> = { keyArgs: false, merge: append };

export const cache = () =>
  new InMemoryCache({
    // Without it `... on Message` matches nothing in the cache.
    possibleTypes: { ChannelEntry: ['Message', 'MessageEdit', 'Reaction', 'Retraction', 'MembershipChange'] },
    typePolicies: {
      Query: {
        fields: {
          channels: forward,
          securityEvents: forward,
          // A channel or message that came in a list need not be asked for again.
          channel: {
            read: (known: Reference | undefined, { args, toReference }) =>
              known ?? toReference({ __typename: 'Channel', id: args?.id as string }),
          },
          message: {
            read: (known: Reference | undefined, { args, toReference }) =>
              known ?? toReference({ __typename: 'Message', id: args?.id as string }),
          },
        },
      },
      Channel: { fields: { messages: relayStylePagination(), members: forward } },
      // The same account has another role in each channel: it belongs to its list, and is no object of its own.
      ChannelMember: { keyFields: false },
      // Pages of the log are followed, stored and never looked up.
      LogPage: { keyFields: false },
      // Tokens have no place here.
      AuthPayload: { keyFields: false },
    },
  });

import { type ApolloClient, gql, type TypedDocumentNode } from '@apollo/client';
import { refusalOf } from './refusal.js';

export interface Draft {
  channelId: string;
  /** `crypto.randomUUID()`, once for each message. */
  clientMessageId: string;
  epoch: number;
  /** Sealed once: the same id with other bytes is refused. */
  sealedBody: string;
}

interface Posted {
  id: string;
  seq: number;
  duplicate: boolean;
}

const POST: TypedDocumentNode<{ postMessage: Posted }, { input: Draft }> = gql`
  mutation Post($input: PostMessageInput!) {
    postMessage(input: $input) {
      id
      seq
      duplicate
    }
  }
`;

interface Author {
  /** Stores a draft, so that it is posted after a crash, too. */
  keep(draft: Draft): Promise<void>;
  /** Seals the message again, for who is in the channel now. */
  seal(epoch: number): Promise<string>;
}

/** Call it again with the draft that was kept last, until it answers: there will be one message. */
export async function post(client: ApolloClient, draft: Draft, author: Author): Promise<Posted> {
  await author.keep(draft);
  try {
    const { data } = await client.mutate({
      mutation: POST,
      variables: { input: draft },
      fetchPolicy: 'no-cache',
      context: { repeatable: true },
    });
    if (!data) throw new Error('The relay answered without data.');
    return data.postMessage;
  } catch (error) {
    const { reason, epoch } = refusalOf(error) ?? {};
    if (reason !== 'STALE_EPOCH' || epoch === undefined) throw error;
    // Somebody left or came. Nothing was stored, so the id may stay.
    return post(client, { ...draft, epoch, sealedBody: await author.seal(epoch) }, author);
  }
}

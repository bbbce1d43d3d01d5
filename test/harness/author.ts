import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { granted, type GraphqlAnswer } from './graphql-client.js';
import { type Person, type Posted, sealed } from './person.js';

/** The secret of one message, as its author keeps it. */
export interface AuthorSecret {
  authorSecret: string;
  authorTag: string;
}

export function newSecret(): AuthorSecret {
  const secret = randomBytes(32);
  return {
    authorSecret: secret.toString('base64'),
    authorTag: createHash('sha256').update(secret).digest('base64'),
  };
}

export type OwnPost = Posted & AuthorSecret;

/** Posts what can be edited and taken back later. */
export async function postsOwn(
  person: Person,
  channelId: string,
  words: string,
  input: Record<string, unknown> = {},
): Promise<OwnPost> {
  const secret = newSecret();
  return { ...(await person.posts(channelId, words, { authorTag: secret.authorTag, ...input })), ...secret };
}

const POSTED = 'id seq createdAt duplicate';

export const triesToEdit = (
  person: Person,
  { id, authorSecret }: { id: string; authorSecret: string },
  words: string,
  input: Record<string, unknown> = {},
): Promise<GraphqlAnswer<{ editMessage: Posted }>> =>
  person.tries(`mutation ($input: EditMessageInput!) { editMessage(input: $input) { ${POSTED} } }`, {
    input: {
      messageId: id,
      clientMessageId: randomUUID(),
      epoch: 1,
      sealedBody: sealed(words),
      authorSecret,
      ...input,
    },
  });

export const edits = async (...given: Parameters<typeof triesToEdit>): Promise<Posted> =>
  granted(await triesToEdit(...given)).editMessage;

export const triesToReact = (
  person: Person,
  channelId: string,
  refersTo: string,
  words: string,
  input: Record<string, unknown> = {},
): Promise<GraphqlAnswer<{ react: Posted }>> =>
  person.tries(`mutation ($input: ReactInput!) { react(input: $input) { ${POSTED} } }`, {
    input: { channelId, clientMessageId: randomUUID(), epoch: 1, refersTo, sealedBody: sealed(words), ...input },
  });

export const reacts = async (...given: Parameters<typeof triesToReact>): Promise<Posted> =>
  granted(await triesToReact(...given)).react;

export interface RetractionFacts {
  id: string;
  seq: number;
  refersTo: string;
  createdAt: string;
}

export const triesToRetract = (
  person: Person,
  messageId: string,
  authorSecret?: string,
): Promise<GraphqlAnswer<{ retract: RetractionFacts }>> =>
  person.tries('mutation ($input: RetractInput!) { retract(input: $input) { id seq refersTo createdAt } }', {
    input: { messageId, authorSecret },
  });

export const retracts = async (...given: Parameters<typeof triesToRetract>): Promise<RetractionFacts> =>
  granted(await triesToRetract(...given)).retract;

/** A message with what became of it. */
export interface MessageFacts {
  seq: number;
  sealedBody: string | null;
  status: string;
  edits: { seq: number; sealedBody: string }[];
  reactions: { seq: number; sealedBody: string }[];
}

const MESSAGE = 'seq sealedBody status edits { seq sealedBody } reactions { seq sealedBody }';

export const triesToSee = (person: Person, id: string): Promise<GraphqlAnswer<{ message: MessageFacts }>> =>
  person.tries(`query ($id: ID!) { message(id: $id) { ${MESSAGE} } }`, { id });

export const sees = async (person: Person, id: string): Promise<MessageFacts> =>
  granted(await triesToSee(person, id)).message;

/** The history of a channel, oldest first. */
export async function historyOf(person: Person, channelId: string, last = 100): Promise<MessageFacts[]> {
  const { channel } = await person.asks<{ channel: { messages: { nodes: MessageFacts[] } } }>(
    `query ($id: ID!, $last: Int) { channel(id: $id) { messages(last: $last) { nodes { ${MESSAGE} } } } }`,
    { id: channelId, last },
  );
  return channel.messages.nodes;
}

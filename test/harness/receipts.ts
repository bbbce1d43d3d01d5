import { granted, type GraphqlAnswer } from './graphql-client.js';
import type { Person } from './person.js';
import { RawSocket } from './raw-socket.js';

export interface Places {
  deliveredSeq?: number | null;
  readSeq?: number | null;
}

export const triesToAdvance = (
  person: Person,
  channelId: string,
  places: Places,
): Promise<GraphqlAnswer<{ advanceReceipt: Required<Places> }>> =>
  person.tries('mutation ($input: AdvanceReceiptInput!) { advanceReceipt(input: $input) { deliveredSeq readSeq } }', {
    input: { channelId, ...places },
  });

export const advances = async (...given: Parameters<typeof triesToAdvance>): Promise<Required<Places>> =>
  granted(await triesToAdvance(...given)).advanceReceipt;

/** Delivered and read, by account. */
export async function membersOf(person: Person, channelId: string) {
  const { channel } = await person.asks<{
    channel: { members: { nodes: ({ accountId: string } & Required<Places>)[] } };
  }>('query ($id: ID!) { channel(id: $id) { members { nodes { accountId deliveredSeq readSeq } } } }', {
    id: channelId,
  });
  return Object.fromEntries(
    channel.members.nodes.map(({ accountId, deliveredSeq, readSeq }) => [accountId, [deliveredSeq, readSeq]]),
  );
}

/** How much is unread, by channel. */
export async function unreadOf(person: Person): Promise<Record<string, number>> {
  const { channels } = await person.asks<{ channels: { nodes: { id: string; unreadCount: number }[] } }>(
    '{ channels { nodes { id unreadCount } } }',
  );
  return Object.fromEntries(channels.nodes.map(({ id, unreadCount }) => [id, unreadCount]));
}

export async function setsReadReceipts(person: Person, readReceipts: boolean | null): Promise<boolean> {
  const { updateAccount } = await person.asks<{ updateAccount: { readReceipts: boolean } }>(
    'mutation ($input: UpdateAccountInput!) { updateAccount(input: $input) { readReceipts } }',
    { input: { readReceipts } },
  );
  return updateAccount.readReceipts;
}

interface ReceiptPage {
  channelId: string;
  receipts: ({ accountId: string } & Required<Places>)[];
}

/** Receipts as they come, over a socket of their own. */
export async function listens(person: Person): Promise<{ next(): Promise<ReceiptPage> }> {
  const socket = await RawSocket.as(person.at, person.token);
  socket.subscribe('receipts', 'subscription { receipts { channelId receipts { accountId deliveredSeq readSeq } } }');
  // Answered after the subscription before it has begun.
  await socket.asks('{ me { id } }');
  return {
    async next() {
      const { payload } = await socket.next('next');
      return payload?.data?.receipts as ReceiptPage;
    },
  };
}

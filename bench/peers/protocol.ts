/** What a peer written for the bench is asked. Each is a process of its own, so that its CPU time can be read. */
export type PeerAsked = { ask: 'broadcast'; sealedBody: string; messages: number };

export type PeerAnswer = { answer: 'listening'; port: number } | { answer: 'broadcast' };

/** What one live delivery of the relay says, for peers to send as many bytes. */
export const entryLike = (sealedBody: string, seq: number) => ({
  __typename: 'Message',
  id: 'AZr7Ywk4cVeBOyqLBNPnEAAAAAE',
  channelId: '01a1fb63-23b1-7557-8133-2a8b04d3e710',
  seq,
  createdAt: '2026-01-01T00:00:00.000Z',
  epoch: 1,
  sealedBody,
});

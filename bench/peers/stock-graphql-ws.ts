import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buildSchema } from 'graphql';
import { PubSub } from 'graphql-subscriptions';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import { entryLike, type PeerAnswer, type PeerAsked } from './protocol.js';

/** What most write: graphql-ws as its documentation shows it, and a PubSub between. Keeps nothing, checks nothing. */

const schema = buildSchema(`
  type Query { ok: Boolean }
  type Message { id: ID! channelId: ID! seq: Int! createdAt: String! epoch: Int! sealedBody: String! }
  type LogPage { entries: [Message!]! cursor: String! caughtUp: Boolean! }
  type Subscription { channelLog(channelId: ID!): LogPage! }
`);

const pubSub = new PubSub({});
// All of a channel's subscribers listen to one event.
(pubSub as unknown as { ee: { setMaxListeners(most: number): void } }).ee.setMaxListeners(0);
const tell = (answer: PeerAnswer) => process.send?.(answer);

const http = createServer();
const sockets = new WebSocketServer({ server: http, path: '/graphql', perMessageDeflate: false });
useServer({ schema, roots: { subscription: { channelLog: () => pubSub.asyncIterableIterator('posted') } } }, sockets);
http.listen(0, '127.0.0.1', () => tell({ answer: 'listening', port: (http.address() as AddressInfo).port }));

async function broadcast({ sealedBody, messages }: PeerAsked): Promise<void> {
  for (let seq = 1; seq <= messages; seq++) {
    const entries = [entryLike(sealedBody, seq)];
    await pubSub.publish('posted', { channelLog: { entries, cursor: 'x'.repeat(60), caughtUp: true } });
    await new Promise((resolve) => setImmediate(resolve));
  }
  tell({ answer: 'broadcast' });
}

process.on('message', (asked: PeerAsked) => void broadcast(asked));

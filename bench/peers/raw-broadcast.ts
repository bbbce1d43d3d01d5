import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import { entryLike, type PeerAnswer, type PeerAsked } from './protocol.js';

/** The limit: a `ws` server that sends every socket the same bytes, and does nothing else. */

const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
const tell = (answer: PeerAnswer) => process.send?.(answer);

server.on('listening', () => tell({ answer: 'listening', port: (server.address() as AddressInfo).port }));
server.on('connection', (socket) => socket.on('error', () => undefined));

async function broadcast({ sealedBody, messages }: PeerAsked): Promise<void> {
  for (let seq = 1; seq <= messages; seq++) {
    const data = { channelLog: { entries: [entryLike(sealedBody, seq)], cursor: 'x'.repeat(60), caughtUp: true } };
    const text = JSON.stringify({ type: 'next', payload: { data }, id: '100000' });
    for (const socket of server.clients) socket.send(text);
    // As one post after the other would come: each in a turn of its own.
    await new Promise((resolve) => setImmediate(resolve));
  }
  tell({ answer: 'broadcast' });
}

process.on('message', (asked: PeerAsked) => void broadcast(asked));

import { WebSocket } from 'ws';
import { clock, type FollowersAnswer, type FollowersAsked, latenciesOf, type SocketPlan, stampOf } from './protocol.js';

/** Follows over many sockets and counts what comes. */

interface Entry {
  sealedBody?: string;
}
type Payload = { data?: Record<string, { entries?: Entry[] } & Entry> | null; errors?: unknown };
interface Message {
  type: string;
  id?: string;
  payload?: Payload;
}

const OPENING_AT_ONCE = 100;

let sockets: WebSocket[] = [];
let received = 0;
let expected = Infinity;
let latencies: number[] = [];

const tell = (answer: FollowersAnswer) => process.send?.(answer);

function take(entries: Entry[]): void {
  const now = clock();
  for (const { sealedBody } of entries) if (sealedBody) latencies.push(now - stampOf(sealedBody));
  received += entries.length;
  look();
}

function look(): void {
  if (received < expected) return;
  tell({ answer: 'received', latencies: latenciesOf(latencies) });
  [received, expected, latencies] = [received - expected, Infinity, []];
}

function open(plan: SocketPlan, id: string, field: string, firstPage: boolean): Promise<void> {
  const socket = new WebSocket(plan.url, plan.token === undefined ? [] : ['graphql-transport-ws'], {
    perMessageDeflate: false,
  });
  sockets.push(socket);
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.once('close', (code) => reject(new Error(`A follower was closed with ${code}.`)));
    socket.once('open', () => {
      if (plan.token === undefined) return resolve();
      socket.send(JSON.stringify({ type: 'connection_init', payload: { accessToken: plan.token } }));
    });
    let following = plan.token === undefined;
    socket.on('message', (data) => {
      const { type, payload } = JSON.parse((data as Buffer).toString()) as Message;
      if (type === 'connection_ack') {
        socket.send(JSON.stringify({ type: 'subscribe', id, payload: plan.subscribe }));
        if (!firstPage) resolve();
        following = !firstPage;
      } else if (type === 'next' && payload?.data) {
        const value = payload.data[field];
        if (following) take(value?.entries ?? (value ? [value] : []));
        else {
          following = true;
          resolve();
        }
      } else if (type === 'error' || payload?.errors) reject(new Error(JSON.stringify(payload)));
      else if (type === 'ping') socket.send('{"type":"pong"}');
    });
  });
}

async function openAll({ plans, field, firstPage }: Extract<FollowersAsked, { ask: 'open' }>): Promise<void> {
  for (let start = 0; start < plans.length; start += OPENING_AT_ONCE)
    await Promise.all(
      plans
        .slice(start, start + OPENING_AT_ONCE)
        .map((plan, n) => open(plan, String(100_000 + start + n), field, firstPage)),
    );
  tell({ answer: 'opened' });
}

process.on('message', (asked: FollowersAsked) => {
  if (asked.ask === 'open') void openAll(asked);
  else if (asked.ask === 'receive') {
    expected = asked.entries;
    look();
  } else {
    for (const socket of sockets) socket.terminate();
    sockets = [];
    process.disconnect();
  }
});

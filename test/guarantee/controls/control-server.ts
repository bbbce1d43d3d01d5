import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { buildSchema, GraphQLError } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import { entryId } from '../../../src/realtime/entry-id.js';
import type { Page } from '../history.js';

export interface ControlPost {
  channelId: string;
  clientMessageId: string;
  epoch: number;
  sealedBody: string;
}

export interface ControlEntry {
  seq: number;
  epoch: number;
  sealedBody: string;
}

export interface ControlLog {
  /** Commits and gives the place. Posting again with the same key gives the place of the first. */
  append(post: ControlPost): Promise<{ seq: number; duplicate: boolean }>;
  follow(channelId: string, afterSeq: number): AsyncIterable<ControlEntry[]>;
}

/** Speaks as much of the relay's own API, in the same protocol, as the same writers and followers need. */
export function serve(log: ControlLog): void {
  const schema = buildSchema(readFileSync('schema.graphql', 'utf8'));
  const http = createServer((request, response) =>
    response.writeHead(request.url === '/health/live' ? 200 : 404).end(),
  );
  const webSockets = new WebSocketServer({ server: http, path: '/graphql' });
  useServer(
    {
      schema,
      roots: {
        mutation: { postMessage: ({ input }: { input: ControlPost }) => post(log, input) },
        subscription: {
          channelLog: ({ channelId, after }: { channelId: string; after: string }) =>
            pages(log, channelId, Number(after)),
        },
      },
    },
    webSockets,
  );
  http.listen(Number(process.env.PORT), '127.0.0.1');
}

/** Nobody comes or goes here, so the first epoch is the only one. */
const EPOCH = 1;

async function post(log: ControlLog, input: ControlPost) {
  if (input.epoch !== EPOCH)
    throw new GraphQLError('Seal for the only epoch.', {
      extensions: { code: 'CONFLICT', reason: 'STALE_EPOCH', epoch: EPOCH, minEpoch: EPOCH },
    });
  try {
    const { seq, duplicate } = await log.append(input);
    return { id: entryId(input.channelId, seq), seq, duplicate, createdAt: new Date().toISOString() };
  } catch {
    throw new GraphQLError('Try again.', { extensions: { code: 'UNAVAILABLE' } });
  }
}

async function* pages(log: ControlLog, channelId: string, afterSeq: number): AsyncGenerator<{ channelLog: Page }> {
  for await (const entries of log.follow(channelId, afterSeq))
    yield {
      channelLog: {
        channelId,
        entries: entries.map((entry) => ({ __typename: 'Message', id: entryId(channelId, entry.seq), ...entry })),
        gaps: [],
        cursor: String(entries.at(-1)?.seq ?? afterSeq),
        caughtUp: true,
      },
    };
}

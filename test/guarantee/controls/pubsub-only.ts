import { EventEmitter, on } from 'node:events';
import { Redis } from 'ioredis';
import pg from 'pg';
import { type ControlEntry, type ControlPost, serve } from './control-server.js';

/**
 * A relay that delivers by publish and subscribe alone: the log is as good as ours, every acknowledged entry is
 * published, and followers are given what Redis carries at the moment. Nothing is read again.
 */
const APPEND = `
  WITH known AS (
    SELECT seq FROM channel_entries WHERE channel_id = $1 AND client_message_id = $2
  ), head AS (
    UPDATE channel_heads SET last_seq = last_seq + 1
    WHERE channel_id = $1 AND NOT EXISTS (SELECT FROM known) RETURNING last_seq
  ), written AS (
    INSERT INTO channel_entries (channel_id, seq, kind, epoch, sealed_body, client_message_id, sender_scope, created_at)
    SELECT $1, last_seq, 0, $3, $4, $2, '', now() FROM head RETURNING seq
  )
  SELECT seq, false AS duplicate FROM written UNION ALL SELECT seq, true FROM known`;

const url = process.env.REDIS_URL ?? '';
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 8, connectionTimeoutMillis: 3_000 });
const publisher = new Redis(url, { retryStrategy: () => 50, enableOfflineQueue: false });
const subscriber = new Redis(url, { retryStrategy: () => 50, maxRetriesPerRequest: null });
const arrivals = new EventEmitter().setMaxListeners(0);

pool.on('error', () => undefined);
for (const redis of [publisher, subscriber]) redis.on('error', () => undefined);
subscriber.on('message', (channelId: string, entry: string) => arrivals.emit(channelId, JSON.parse(entry)));

async function append({ channelId, clientMessageId, epoch, sealedBody }: ControlPost) {
  const { rows } = await pool.query<{ seq: number; duplicate: boolean }>({
    name: 'append',
    text: APPEND,
    values: [channelId, clientMessageId, epoch, Buffer.from(sealedBody, 'base64')],
  });
  const [place] = rows;
  if (!place) throw new Error('No such channel.');
  const entry: ControlEntry = { seq: place.seq, epoch, sealedBody };
  if (!place.duplicate) publisher.publish(channelId, JSON.stringify(entry)).catch(() => undefined);
  return place;
}

async function* follow(channelId: string): AsyncGenerator<ControlEntry[]> {
  const carried = on(arrivals, channelId) as AsyncIterable<[ControlEntry]>;
  await subscriber.subscribe(channelId);
  // Said at once, so that the follower knows that it is connected.
  yield [];
  yield* carried;
}

serve({ append, follow });

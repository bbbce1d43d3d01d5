import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { type ControlEntry, type ControlPost, serve } from './control-server.js';

/**
 * A relay whose cursor is a serial id: followers ask again and again for what is above the last id they saw, and resume
 * with it. Transactions take their ids in one order and commit in another.
 */
const POLL_MS = 20;
const PAGE_ENTRIES = 100;

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 12, connectionTimeoutMillis: 3_000 });
pool.on('error', () => undefined);
// A connection that breaks within a transaction tells so beside failing the next statement.
pool.on('connect', (client) => client.on('error', () => undefined));

async function append(post: ControlPost): Promise<{ seq: number; duplicate: boolean }> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    const place = await insert(client, post);
    await client.query('COMMIT');
    client.release();
    return place;
  } catch (error) {
    client.release(true);
    throw error;
  }
}

async function insert(client: pg.PoolClient, { channelId, clientMessageId, epoch, sealedBody }: ControlPost) {
  const { rows: written } = await client.query<{ seq: number }>(
    `INSERT INTO serial_entries (channel_id, client_message_id, epoch, sealed_body) VALUES ($1, $2, $3, $4)
     ON CONFLICT (client_message_id) DO NOTHING RETURNING id::int AS seq`,
    [channelId, clientMessageId, epoch, Buffer.from(sealedBody, 'base64')],
  );
  if (written[0]) return { seq: written[0].seq, duplicate: false };
  const { rows: known } = await client.query<{ seq: number }>(
    'SELECT id::int AS seq FROM serial_entries WHERE client_message_id = $1',
    [clientMessageId],
  );
  if (!known[0]) throw new Error('Neither written nor known.');
  return { seq: known[0].seq, duplicate: true };
}

async function* follow(channelId: string, afterSeq: number): AsyncGenerator<ControlEntry[]> {
  for (let after = afterSeq; ; await pause(POLL_MS)) {
    // While the database is away there is nothing new to see.
    const rows = await entriesAbove(channelId, after).catch(() => []);
    after = rows.at(-1)?.seq ?? after;
    if (rows.length > 0) yield rows;
  }
}

async function entriesAbove(channelId: string, after: number): Promise<ControlEntry[]> {
  const { rows } = await pool.query<ControlEntry>(
    `SELECT id::int AS seq, epoch, translate(encode(sealed_body, 'base64'), E'\\n', '') AS "sealedBody"
     FROM serial_entries WHERE channel_id = $1 AND id > $2 ORDER BY id LIMIT $3`,
    [channelId, after, PAGE_ENTRIES],
  );
  return rows;
}

serve({ append, follow });

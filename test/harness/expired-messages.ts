import pg from 'pg';
import type { TestRelay } from './relay.js';

/** Many messages, in channels of nobody, past their time since an hour ago; in one statement, as no client could. */
export async function writeExpired(
  relay: TestRelay,
  count: number,
  { bytes = 256, channels = 100 } = {},
): Promise<void> {
  // Not over the relay's pool, whose statements may not take so long.
  const client = new pg.Client(relay.databaseUrl);
  await client.connect();
  await client.query(
    `INSERT INTO channel_entries (channel_id, seq, kind, epoch, sealed_body, author_tag, client_message_id, sender_scope,
       expires_at, created_at)
     SELECT ('00000000-0000-7000-8000-' || lpad((n % $3)::text, 12, '0'))::uuid, n / $3 + 1, 0, 1,
       body.bytes, tag.bytes, ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, tag.bytes,
       $4::timestamptz - interval '1 hour', $4::timestamptz - interval '1 day'
     FROM generate_series(0, $1::int - 1) AS n, (SELECT decode(repeat('ff', $2), 'hex')) AS body (bytes),
       (SELECT sha256('somebody')) AS tag (bytes)`,
    [count, bytes, channels, relay.clock.now()],
  );
  await client.end();
}

export async function bodiesLeft(relay: TestRelay): Promise<number> {
  const [row] = await relay.rows<{ count: number }>(
    'SELECT count(*)::int AS count FROM channel_entries WHERE sealed_body IS NOT NULL',
  );
  return row!.count;
}

import type { Client } from 'pg';
import { entryId } from '../../src/realtime/entry-id.js';
import { membershipChanges } from '../../src/realtime/log-entry.js';
import { fingerprintOf } from './fingerprint.js';

/** One row of a channel's log. */
export interface LoggedEntry {
  seq: number;
  epoch: number;
  /** Null: the body had its time and was erased. */
  fingerprint: number | null;
  clientMessageId: string | null;
  expiresAt: number | null;
  /** Of a membership change. */
  accountId: string | null;
  change: string | null;
}

/** A stretch of membership; founders have been in it since 0. */
export interface Membership {
  accountId: string;
  joinedSeq: number;
  leftSeq: number | null;
}

/** A channel as PostgreSQL holds it when all is over. */
export interface ChannelTruth {
  channelId: string;
  headSeq: number;
  /** Ascending by place. */
  entries: LoggedEntry[];
  memberships: Membership[];
}

interface Row {
  seq: number;
  epoch: number;
  sealed_body: Buffer | null;
  client_message_id: string | null;
  expires_at: Date | null;
  subject_id: string | null;
  change: number | null;
}

const ROWS_AT_ONCE = 5_000;

export async function readTruth(client: Client): Promise<ChannelTruth[]> {
  const { rows: heads } = await client.query<{ channel_id: string; last_seq: number }>(
    'SELECT channel_id, last_seq FROM channel_heads ORDER BY channel_id',
  );
  const truth: ChannelTruth[] = [];
  for (const { channel_id: channelId, last_seq: headSeq } of heads) {
    const entries = await readEntries(client, channelId);
    truth.push({ channelId, headSeq, entries, memberships: await readMemberships(client, channelId) });
  }
  return truth;
}

async function readEntries(client: Client, channelId: string): Promise<LoggedEntry[]> {
  const entries: LoggedEntry[] = [];
  for (;;) {
    const { rows } = await client.query<Row>(
      `SELECT seq, epoch, sealed_body, client_message_id, expires_at, subject_id, change FROM channel_entries
       WHERE channel_id = $1 AND seq > $2 ORDER BY seq LIMIT $3`,
      [channelId, entries.at(-1)?.seq ?? 0, ROWS_AT_ONCE],
    );
    for (const row of rows) entries.push(loggedEntry(channelId, row));
    if (rows.length < ROWS_AT_ONCE) return entries;
  }
}

function loggedEntry(channelId: string, row: Row): LoggedEntry {
  const seen = {
    id: entryId(channelId, row.seq),
    epoch: row.epoch,
    sealedBody: row.sealed_body?.toString('base64'),
    accountId: row.subject_id,
    change: row.change === null ? null : (membershipChanges[row.change] ?? null),
  };
  return {
    seq: row.seq,
    epoch: row.epoch,
    fingerprint: row.sealed_body === null && row.change === null ? null : fingerprintOf(seen),
    clientMessageId: row.client_message_id,
    expiresAt: row.expires_at?.getTime() ?? null,
    accountId: seen.accountId,
    change: seen.change,
  };
}

async function readMemberships(client: Client, channelId: string): Promise<Membership[]> {
  const { rows } = await client.query<Membership>(
    `SELECT account_id AS "accountId", joined_seq AS "joinedSeq", left_seq AS "leftSeq" FROM channel_members
     WHERE channel_id = $1 ORDER BY account_id, joined_seq`,
    [channelId],
  );
  return rows;
}

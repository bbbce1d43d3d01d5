import type { Client } from 'pg';
import { entryId } from '../../../src/realtime/entry-id.js';
import { fingerprintOf } from '../fingerprint.js';
import { History, Received } from '../history.js';
import type { ChannelTruth, LoggedEntry } from '../truth.js';

/** Rows with their serial ids in the place of a seq. */
export async function readSerialEntries(client: Client, channelId: string): Promise<LoggedEntry[]> {
  const { rows } = await client.query<{ id: number; epoch: number; sealed_body: Buffer; client_message_id: string }>(
    'SELECT id::int, epoch, sealed_body, client_message_id FROM serial_entries ORDER BY id',
  );
  return rows.map(({ id: seq, epoch, sealed_body, client_message_id: clientMessageId }) => {
    const seen = { id: entryId(channelId, seq), epoch, sealedBody: sealed_body.toString('base64') };
    return {
      seq,
      epoch,
      fingerprint: fingerprintOf(seen),
      clientMessageId,
      expiresAt: null,
      accountId: null,
      change: null,
    };
  });
}

/**
 * What was published by two processes arrives in whatever order. So that nothing is held against it but what was never
 * delivered, it is put in order.
 */
export function inOrder(history: History): History {
  return withReceived(history, ({ startsAfter, seqs, fingerprints }) => {
    const fingerprintBySeq = new Map(seqs.map((seq, index) => [seq, fingerprints[index] ?? 0]));
    return receivedOf(
      startsAfter,
      [...fingerprintBySeq].sort(([one], [other]) => one - other),
    );
  });
}

/**
 * Serial ids have holes of their own, where a transaction was taken back. So that nothing is held against them but what
 * was never delivered, every id is replaced by its rank among the rows that are there in the end.
 */
export function byRank(
  history: History,
  channelId: string,
  rows: LoggedEntry[],
): { history: History; channel: ChannelTruth } {
  const ranks = new Map(rows.map(({ seq }, index) => [seq, index + 1]));
  const rankOf = (seq: number) => ranks.get(seq) ?? Infinity;
  const ranked = withReceived(history, ({ startsAfter, seqs, fingerprints }) =>
    receivedOf(
      startsAfter,
      seqs.map((seq, index) => [rankOf(seq), fingerprints[index] ?? 0]),
    ),
  );
  const messages = history.messages.map((message) => ({
    ...message,
    answers: message.answers.map((answer) => ({ ...answer, seq: rankOf(answer.seq) })),
  }));
  const entries = rows.map((row, index) => ({ ...row, seq: index + 1 }));
  return {
    history: Object.assign(ranked, { messages }),
    channel: { channelId, headSeq: entries.length, entries, memberships: [] },
  };
}

function withReceived(history: History, better: (received: Received) => Received): History {
  const followers = history.followers.map((follower) => ({
    ...follower,
    channels: new Map([...follower.channels].map(([channelId, received]) => [channelId, better(received)])),
  }));
  return Object.assign(new History(history.seed), history, { followers });
}

function receivedOf(startsAfter: number | null, entries: [seq: number, fingerprint: number][]): Received {
  const received = new Received(startsAfter);
  for (const [seq, fingerprint] of entries) {
    received.seqs.push(seq);
    received.fingerprints.push(fingerprint);
  }
  return received;
}

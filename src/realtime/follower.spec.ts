import { Clock } from '../config/clock.js';
import { EntryKind, type LogEntry, MembershipChangeKind } from './log-entry.js';
import { Follower, type Following } from './follower.js';
import type { LogCursors } from './log-cursor.js';
import type { LogQueries } from './log.queries.js';
import type { LogSlice } from './log-slice.js';
import { LogTails } from './log-tails.js';
import type { Topics } from './topics.js';

const CHANNEL = 'channel';
const ALICE = 'alice';

const entry = (seq: number, change: Partial<LogEntry> = {}): LogEntry => ({
  id: String(seq),
  channelId: CHANNEL,
  seq,
  kind: EntryKind.MESSAGE,
  createdAt: new Date(),
  epoch: 1,
  sealedBody: Buffer.alloc(256),
  refersTo: null,
  expiresAt: null,
  accountId: null,
  change: null,
  ...change,
});

/** Ends a follower that reads without end: it would never let the test go on. */
class WearyClock extends Clock {
  private asked = 0;

  override now(): Date {
    this.asked += 1;
    if (this.asked > 1_000) throw new Error('The follower does not wait.');
    return super.now();
  }
}

it('waits for the tail when PostgreSQL knows of a removal that the tail has not reached', async () => {
  // PostgreSQL: 5 entries, the last one removes alice, read in pages of two. The tail has heard of 4.
  const first: LogSlice = {
    entries: [entry(1), entry(2)],
    gaps: [],
    toSeq: 2,
    headSeq: 5,
    memberUntil: 5,
    ended: false,
  };
  const queries = {
    readFor: () => Promise.resolve(first),
    readAfter: () => new Promise<never>(() => undefined),
  } as unknown as LogQueries;
  const cursors = { write: (_: string, seq: number) => String(seq) } as unknown as LogCursors;
  const tails = new LogTails(queries, cursors, new WearyClock(), {} as Topics);
  const other = new Follower({ tails, queries, cursors }, 'bob', true);
  other.addChannel(CHANNEL, 1, 2, 2);
  tails.committed(CHANNEL, [entry(3), entry(4)]);

  const following: Following = { tails, queries, cursors };
  const follower = new Follower(following, ALICE, true, new Map([[CHANNEL, 0]]));
  follower.addChannel(CHANNEL, 1, 0);
  const read = async () => (await follower.next()).value?.entries.map(({ seq }) => seq);
  expect(await read()).toEqual([1, 2]);
  expect(await read()).toEqual([3, 4]);
  const last = read();
  await new Promise(setImmediate);
  tails.committed(CHANNEL, [
    entry(5, { kind: EntryKind.MEMBERSHIP_CHANGE, accountId: ALICE, change: MembershipChangeKind.REMOVED }),
  ]);
  expect(await last).toEqual([5]);
  await Promise.all([follower.return(), other.return()]);
});

import { randomUUID } from 'node:crypto';
import { EntryKind, type LogEntry, type LogPage, MembershipChangeKind } from './log-entry.js';
import { LogTail, type Position } from './log-tail.js';
import type { OperationShape } from './operation-shape.js';
import { SharedMessage } from './shared-message.js';

const CHANNEL = 'channel';

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
const removal = (seq: number, accountId: string) =>
  entry(seq, { kind: EntryKind.MEMBERSHIP_CHANGE, accountId, change: MembershipChangeKind.REMOVED });

class Reader implements Position {
  readonly channelId = CHANNEL;
  departures: number[] = [];
  taken: number[] = [];
  woken = 0;
  drained = true;

  constructor(
    readonly accountId: string,
    public seq: number,
  ) {}

  takeLive(_message: SharedMessage, toSeq: number): boolean {
    if (!this.drained) return false;
    this.taken.push(toSeq);
    this.seq = toSeq;
    return true;
  }

  wake(): void {
    this.woken += 1;
  }
}

/** An operation whose execution is counted, and finishes when the test says where it is slow. */
function shapeOf(key: string, finished?: Promise<void>) {
  const pages: number[][] = [];
  const shape: OperationShape = {
    key,
    run: (page) => {
      pages.push(page.entries.map(({ seq }) => seq));
      const message = new SharedMessage(Buffer.from('{}'));
      return finished ? finished.then(() => message) : message;
    },
  };
  return { shape, pages };
}

function tailAt(head: number): LogTail {
  const tail = new LogTail(CHANNEL, (channelId, entries, toSeq): LogPage => ({
    channelId,
    entries,
    gaps: [],
    cursor: String(toSeq),
    caughtUp: true,
  }));
  tail.head = head;
  return tail;
}

describe('the tail of a log', () => {
  it('runs an operation once a page for all who are level', () => {
    const tail = tailAt(5);
    const { shape, pages } = shapeOf('a');
    const readers = [new Reader('alice', 5), new Reader('bob', 5)];
    for (const reader of readers) {
      tail.add(reader);
      expect(tail.join(reader, shape)).toBe(true);
    }
    tail.extend([entry(6), entry(7)]);
    expect(pages).toEqual([[6, 7]]);
    for (const reader of readers) expect(reader).toMatchObject({ taken: [7], woken: 0 });
  });

  it('sends a reader who has not drained back to replaying, and goes on for the others', () => {
    const tail = tailAt(0);
    const { shape } = shapeOf('a');
    const [fast, slow] = [new Reader('alice', 0), new Reader('bob', 0)];
    for (const reader of [fast, slow]) {
      tail.add(reader);
      tail.join(reader, shape);
    }
    slow.drained = false;
    tail.extend([entry(1)]);
    tail.extend([entry(2)]);
    expect(fast.taken).toEqual([1, 2]);
    expect(slow).toMatchObject({ taken: [], woken: 1, seq: 0 });
    expect(tail.since(0, 100)?.map(({ seq }) => seq)).toEqual([1, 2]);
    expect(tail.join(slow, shape)).toBe(false);
  });

  it('hands a removed reader nothing, and lets them read up to their removal', () => {
    const tail = tailAt(0);
    const { shape } = shapeOf('a');
    const [stays, goes] = [new Reader('alice', 0), new Reader('bob', 0)];
    for (const reader of [stays, goes]) {
      tail.add(reader);
      tail.join(reader, shape);
    }
    tail.extend([entry(1), removal(2, 'bob'), entry(3)]);
    expect(stays.taken).toEqual([3]);
    expect(goes).toMatchObject({ taken: [], woken: 1, departures: [2] });
  });

  it('lets nobody read past the departure of a deleted account before PostgreSQL says whose it was', () => {
    const tail = tailAt(0);
    const { shape } = shapeOf('a');
    const [alice, bob, ahead] = [new Reader('alice', 0), new Reader('bob', 0), new Reader('carol', 2)];
    for (const reader of [alice, bob]) {
      tail.add(reader);
      tail.join(reader, shape);
    }
    tail.add(ahead);
    tail.extend([entry(1), removal(2, randomUUID()), entry(3)]);
    for (const reader of [alice, bob]) expect(reader).toMatchObject({ taken: [], woken: 1, departures: [2] });
    expect(ahead.departures).toEqual([]);
  });

  it('tells a follower who came after their own removal was seen', () => {
    const tail = tailAt(0);
    tail.extend([entry(1), removal(2, 'bob'), entry(3)]);
    const late = new Reader('bob', 1);
    tail.add(late);
    expect(late.departures).toEqual([2]);
    const back = new Reader('bob', 3);
    tail.add(back);
    expect(back.departures).toEqual([]);
  });

  it('keeps order while an operation takes its time', async () => {
    let finish = () => {};
    const { shape, pages } = shapeOf('slow', new Promise((resolve) => (finish = resolve)));
    const tail = tailAt(0);
    const [early, late] = [new Reader('alice', 0), new Reader('bob', 1)];
    tail.add(early);
    tail.join(early, shape);
    tail.extend([entry(1)]);
    tail.extend([entry(2)]);
    tail.add(late);
    expect(tail.join(late, shape)).toBe(false);
    finish();
    await new Promise(setImmediate);
    expect(pages).toEqual([[1], [2]]);
    expect(early.taken).toEqual([1, 2]);
  });

  it('wakes who is ahead of it once it has caught up', () => {
    const tail = tailAt(3);
    const ahead = new Reader('alice', 5);
    tail.add(ahead);
    expect(tail.join(ahead, shapeOf('a').shape)).toBe(true);
    expect(ahead.woken).toBe(0);
    tail.extend([entry(4), entry(5), entry(6)]);
    expect(ahead.woken).toBe(1);
  });

  it('sends everybody to PostgreSQL when places are missing', () => {
    const tail = tailAt(3);
    const reader = new Reader('alice', 3);
    tail.add(reader);
    tail.join(reader, shapeOf('a').shape);
    tail.extend([entry(9)]);
    expect(reader).toMatchObject({ taken: [], woken: 1 });
    expect(tail.since(3, 100)).toBeUndefined();
  });

  it('hands on nothing from the ring that was retracted', () => {
    const tail = tailAt(0);
    tail.add(new Reader('alice', 0));
    tail.extend([
      entry(1),
      entry(2, { kind: EntryKind.EDIT, refersTo: '1' }),
      entry(3, { refersTo: '1' }),
      entry(4, { kind: EntryKind.REACTION, refersTo: '3' }),
    ]);
    tail.extend([entry(5, { kind: EntryKind.RETRACTION, sealedBody: null, refersTo: '1' })]);
    const bodies = tail.since(0, 10)?.map(({ sealedBody }) => sealedBody !== null);
    expect(bodies).toEqual([false, false, true, true, false]);
  });

  it('keeps no more than a bounded ring', () => {
    const tail = tailAt(0);
    for (let seq = 1; seq <= 1_000; seq++) tail.extend([entry(seq, { sealedBody: Buffer.alloc(65_536) })]);
    expect(tail.since(990, 100)).toBeUndefined();
    expect(tail.since(998, 100)).toHaveLength(2);
    expect(tail.since(1_000, 100)).toEqual([]);
  });
});

import { EntryKind, GapReason, type LogEntry, MembershipChangeKind } from './log-entry.js';
import { slice, type SliceFacts } from './log-slice.js';

const now = new Date('2026-01-01T00:00:00Z');

function message(seq: number, change: Partial<LogEntry> = {}): LogEntry {
  const body = Buffer.alloc(256, 0xff);
  return {
    id: String(seq),
    channelId: 'channel',
    seq,
    kind: EntryKind.MESSAGE,
    createdAt: now,
    epoch: 1,
    sealedBody: body,
    refersTo: null,
    expiresAt: null,
    accountId: null,
    change: null,
    ...change,
  };
}

const read = (facts: Partial<SliceFacts>) => {
  const { entries, gaps, toSeq, ended } = slice({
    after: 0,
    headSeq: 5,
    floorSeq: 0,
    membership: { fromSeq: 0, toSeq: null },
    entries: [1, 2, 3, 4, 5].map((seq) => message(seq)),
    now,
    ...facts,
  });
  return { seqs: entries.map(({ seq }) => seq), gaps, toSeq, ended };
};

const expired = (fromSeq: number, toSeq: number) => ({ fromSeq, toSeq, reason: GapReason.EXPIRED });
const absent = (fromSeq: number, toSeq: number) => ({ fromSeq, toSeq, reason: GapReason.NOT_A_MEMBER });

describe('a slice of a log', () => {
  it('is every place after the cursor', () => {
    expect(read({})).toEqual({ seqs: [1, 2, 3, 4, 5], gaps: [], toSeq: 5, ended: false });
    expect(read({ after: 3, entries: [message(4), message(5)] })).toMatchObject({ seqs: [4, 5], toSeq: 5 });
    expect(read({ after: 5, entries: [] })).toMatchObject({ seqs: [], gaps: [], toSeq: 5 });
  });

  it('ends where the read was cut off', () => {
    expect(read({ entries: [message(1), message(2)] })).toMatchObject({ seqs: [1, 2], toSeq: 2, ended: false });
  });

  it('tells what lies below the floor', () => {
    expect(read({ floorSeq: 3, entries: [message(4), message(5)] })).toMatchObject({ gaps: [expired(1, 3)], toSeq: 5 });
    expect(read({ floorSeq: 5, entries: [] })).toMatchObject({ seqs: [], gaps: [expired(1, 5)], toSeq: 5 });
    expect(read({ after: 4, floorSeq: 3, entries: [message(5)] })).toMatchObject({ seqs: [5], gaps: [] });
  });

  it('tells what expired or was purged between, in one gap where it lies together', () => {
    const past = new Date(now.getTime() - 1);
    const entries = [
      message(1),
      message(2, { expiresAt: past }),
      message(3, { expiresAt: past, sealedBody: null }),
      message(4, { expiresAt: now }),
      message(5, { expiresAt: new Date(now.getTime() + 1) }),
    ];
    expect(read({ entries })).toMatchObject({ seqs: [1, 5], gaps: [expired(2, 4)], toSeq: 5 });
  });

  it('keeps what was retracted, without its body', () => {
    const entries = [message(1, { sealedBody: null }), message(2, { kind: EntryKind.RETRACTION, sealedBody: null })];
    expect(read({ entries })).toMatchObject({ seqs: [1, 2], gaps: [] });
  });

  it('keeps membership changes, which have no body', () => {
    const joined = message(1, {
      kind: EntryKind.MEMBERSHIP_CHANGE,
      sealedBody: null,
      change: MembershipChangeKind.JOINED,
    });
    expect(read({ entries: [joined, message(2)] })).toMatchObject({ seqs: [1, 2], gaps: [] });
  });

  it('begins where the membership does and ends where it ends', () => {
    expect(read({ membership: { fromSeq: 3, toSeq: 4 }, entries: [message(3), message(4)] })).toMatchObject({
      seqs: [3, 4],
      gaps: [absent(1, 2)],
      toSeq: 4,
      ended: false,
    });
    expect(
      read({ membership: { fromSeq: 4, toSeq: null }, floorSeq: 2, entries: [message(4), message(5)] }),
    ).toMatchObject({ gaps: [absent(1, 3)] });
    expect(read({ after: 4, membership: undefined, entries: [] })).toMatchObject({ seqs: [], gaps: [], ended: true });
  });

  it('refuses to pass over a place in silence', () => {
    expect(() => read({ entries: [message(1), message(3)] })).toThrow('has 3 after 1');
    expect(() => read({ entries: [message(2)] })).toThrow('has 2 after 0');
    expect(() => read({ entries: [] })).toThrow('nothing from 1');
  });
});

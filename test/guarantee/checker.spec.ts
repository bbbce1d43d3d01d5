import { judge } from './checker.js';
import { fingerprintOf } from './fingerprint.js';
import { History, type Message, type Page, Received } from './history.js';
import type { ChannelTruth, LoggedEntry } from './truth.js';
import { countByKind, violationKinds } from './violation.js';

const CHANNEL = 'channel';
const EXPIRES_AT = 100_000;

/** What happened in a small run: five places, the third of which expires, and bob out of it from the fourth on. */
interface Run {
  history: History;
  channel: ChannelTruth;
  alice: Received;
  bob: Received;
  messages: Record<'first' | 'second' | 'third' | 'last', Message>;
}

const seen = (seq: number) => ({ id: `entry ${seq}`, epoch: 1, sealedBody: `body ${seq}` });

const logged = (seq: number, change: Partial<LoggedEntry> = {}): LoggedEntry => ({
  seq,
  epoch: seq > 4 ? 2 : 1,
  fingerprint: fingerprintOf(seen(seq)),
  clientMessageId: `message ${seq}`,
  expiresAt: null,
  accountId: null,
  change: null,
  ...change,
});

const change = (seq: number, accountId: string, what: 'JOINED' | 'REMOVED', epoch: number) =>
  logged(seq, { clientMessageId: null, accountId, change: what, epoch });

const posted = (seq: number): Message => ({
  clientMessageId: `message ${seq}`,
  accountId: 'alice',
  channelId: CHANNEL,
  answers: [{ id: `entry ${seq}`, seq, duplicate: false, attempt: 1, fingerprint: fingerprintOf(seen(seq)) }],
});

const page = (...seqs: number[]): Page => ({
  channelId: CHANNEL,
  entries: seqs.map((seq) => ({ ...seen(seq), seq, expiresAt: seq === 3 ? 'soon' : null })),
  gaps: [],
  cursor: '',
  caughtUp: true,
});

const gap = (fromSeq: number, toSeq: number, reason: 'EXPIRED' | 'NOT_A_MEMBER'): Page => ({
  ...page(),
  gaps: [{ fromSeq, toSeq, reason }],
});

function goodRun(): Run {
  const history = new History(1);
  const messages = { first: posted(1), second: posted(2), third: posted(3), last: posted(5) };
  history.messages.push(...Object.values(messages));
  history.changes.push({ channelId: CHANNEL, accountId: 'bob', change: 'REMOVED' });
  const entries = [
    logged(1),
    logged(2),
    logged(3, { expiresAt: EXPIRES_AT }),
    change(4, 'bob', 'REMOVED', 2),
    logged(5),
  ];
  const memberships = [
    { accountId: 'alice', joinedSeq: 0, leftSeq: null },
    { accountId: 'bob', joinedSeq: 0, leftSeq: 4 },
  ];
  const [alice, bob] = [new Received(0), new Received(0)];
  for (const [accountId, received] of Object.entries({ alice, bob }))
    history.followers.push({ name: accountId, accountId, channels: new Map([[CHANNEL, received]]) });
  return { history, messages, alice, bob, channel: { channelId: CHANNEL, headSeq: 5, entries, memberships } };
}

/** The kinds of violations found when everybody receives the rest of what they should after `spoil`. */
function found(
  spoil: (run: Run) => void,
  { alice: toAlice = [page(1, 2), page(3, 4, 5)], bob = [page(1, 2, 3, 4)] } = {},
) {
  const run = goodRun();
  for (const given of toAlice) run.alice.take(given, EXPIRES_AT - 1);
  for (const given of bob) run.bob.take(given, EXPIRES_AT - 1);
  spoil(run);
  return Object.keys(countByKind(judge(run.history, [run.channel])));
}

const nothing = () => undefined;

describe('the checker', () => {
  it('finds nothing wrong with a run in which the promise was kept', () => {
    expect(found(nothing)).toEqual([]);
  });

  it('lets a message that expired be told as a gap, and one that was removed be behind', () => {
    const late = ({ alice }: Run) => {
      alice.take(page(1, 2), EXPIRES_AT);
      alice.take(gap(3, 3, 'EXPIRED'), EXPIRES_AT);
      alice.take(page(4, 5), EXPIRES_AT);
    };
    expect(found(late, { alice: [], bob: [page(1)] })).toEqual([]);
  });

  it('knows what was erased in time by what its author was told', () => {
    const erased = ({ channel }: Run) => void (channel.entries[2]!.fingerprint = null);
    expect(found(erased)).toEqual([]);
    const altered = (run: Run) => {
      erased(run);
      run.alice.fingerprints[2] = 1;
    };
    expect(found(altered)).toEqual(['altered']);
  });

  it('lets a feed begin a channel where its account joined, and tell of the time it was out', () => {
    const carolIsLate = ({ history, channel }: Run) => {
      channel.entries[1] = change(2, 'carol', 'JOINED', 2);
      channel.entries[2] = change(3, 'carol', 'REMOVED', 3);
      channel.entries[3] = change(4, 'bob', 'REMOVED', 4);
      channel.entries[4] = change(5, 'carol', 'JOINED', 5);
      channel.memberships.push({ accountId: 'carol', joinedSeq: 2, leftSeq: 3 });
      channel.memberships.push({ accountId: 'carol', joinedSeq: 5, leftSeq: null });
      history.messages.splice(1);
      const received = new Received(null);
      received.take(page(2, 3), 0);
      received.take({ ...gap(4, 4, 'NOT_A_MEMBER'), entries: page(5).entries }, 0);
      history.followers.push({ name: 'carol', accountId: 'carol', channels: new Map([[CHANNEL, received]]) });
    };
    expect(found(carolIsLate)).toEqual([]);
  });

  const cases: Record<keyof typeof violationKinds, string[][]> = {
    hole: [
      found(({ channel }) => channel.entries.splice(1, 1), { alice: [], bob: [] }),
      found(({ channel }) => void (channel.headSeq = 6)),
    ],
    doubled: [found(({ channel }) => void (channel.entries[4] = logged(5, { clientMessageId: 'message 1' })))],
    lost: [
      found(({ messages }) => void (messages.last.clientMessageId = 'another')),
      found(({ channel }) => void (channel.entries[0]!.fingerprint = null)),
      found(({ history }) => history.changes.push({ channelId: CHANNEL, accountId: 'bob', change: 'REMOVED' })),
    ],
    misplaced: [
      found(({ messages }) => void (messages.first.answers[0] = { ...posted(2).answers[0]!, attempt: 1 })),
      found(({ messages }) => void (messages.first.answers[0]!.fingerprint += 1)),
    ],
    'wrong retry': [
      found(({ messages }) => void (messages.first.answers[0]!.duplicate = true)),
      found(({ messages }) => messages.first.answers.push({ ...posted(1).answers[0]!, attempt: 2 })),
    ],
    'refused yet kept': [found(({ messages }) => void (messages.last.refused = 'NOT_FOUND'))],
    intruder: [found(({ messages }) => void (messages.last.accountId = 'bob'))],
    'wrong epoch': [
      found(({ channel }) => void (channel.entries[4]!.epoch = 1)),
      found(({ channel }) => void (channel.entries[4]!.epoch = 3)),
      found(({ channel }) => void (channel.entries[3]!.epoch = 1)),
    ],
    'members disagree': [
      found(({ channel }) => void (channel.memberships[1]!.leftSeq = null), { bob: [page(1, 2, 3, 4, 5)] }),
      found(({ channel }) => channel.memberships.push({ accountId: 'carol', joinedSeq: 5, leftSeq: null })),
    ],
    skipped: [found(nothing, { alice: [page(1), page(3, 4, 5)] }), found(nothing, { alice: [page(2, 3, 4, 5)] })],
    repeated: [
      found(nothing, { alice: [page(1, 2, 3), page(3, 4, 5)] }),
      found(nothing, { alice: [page(1, 2, 4, 3, 5)] }),
    ],
    altered: [found(({ alice }) => void (alice.fingerprints[0] = 1))],
    invented: [found(nothing, { alice: [page(1, 2, 3, 4, 5, 6)] })],
    leaked: [found(nothing, { bob: [page(1, 2, 3, 4, 5)] })],
    'wrong gap': [
      found(nothing, { alice: [page(1), gap(2, 2, 'EXPIRED'), page(3, 4, 5)] }),
      found(nothing, { alice: [page(1, 2), gap(3, 3, 'EXPIRED'), page(4, 5)] }),
      found(nothing, { bob: [page(1, 2, 3), gap(4, 5, 'NOT_A_MEMBER')] }),
    ],
    'past its time': [found(({ alice }) => alice.times.set(2, EXPIRES_AT + 60_000))],
    behind: [found(nothing, { alice: [page(1, 2)] }), found(nothing, { alice: [] })],
    surprise: [found(({ history }) => history.surprise('postMessage: INTERNAL_SERVER_ERROR'))],
  };

  it.each(Object.entries(cases))('finds: %s', (kind, foundIn) => {
    for (const kinds of foundIn) expect(kinds).toContain(kind);
  });
});

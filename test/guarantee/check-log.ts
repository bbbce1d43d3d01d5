import type { History, MembershipAct, Message } from './history.js';
import { MembershipsOf } from './memberships.js';
import type { ChannelTruth, LoggedEntry } from './truth.js';
import type { Violation } from './violation.js';

/** Holds what was acknowledged against what the log holds. */
export function* checkLogs(history: History, channels: ChannelTruth[]): Generator<Violation> {
  const messages = new Map(history.messages.map((message) => [message.clientMessageId, message]));
  for (const channel of channels) {
    yield* checkPlaces(channel);
    yield* checkMembers(channel);
    yield* checkAuthors(channel, messages);
    yield* checkEpochs(channel);
  }
  yield* checkMessages(history.messages, channels);
  yield* checkChanges(history.changes, channels);
}

function* checkPlaces({ channelId, headSeq, entries }: ChannelTruth): Generator<Violation> {
  const wrong = entries.findIndex(({ seq }, index) => seq !== index + 1);
  if (wrong >= 0)
    yield { kind: 'hole', detail: `${channelId} has ${entries[wrong]?.seq} where ${wrong + 1} should stand` };
  else if (entries.length !== headSeq)
    yield { kind: 'hole', detail: `${channelId} has ${entries.length} entries and its head at ${headSeq}` };
}

/** The rows of members and the entries that tell of them must say the same. */
function* checkMembers({ channelId, entries, memberships }: ChannelTruth): Generator<Violation> {
  const told = entries.flatMap(({ seq, accountId, change }) =>
    change === null ? [] : [`${accountId} ${change} ${seq}`],
  );
  const kept = memberships.flatMap(({ accountId, joinedSeq, leftSeq }) => [
    ...(joinedSeq > 0 ? [`${accountId} JOINED ${joinedSeq}`] : []),
    ...(leftSeq === null ? [] : [`${accountId} REMOVED ${leftSeq}`]),
  ]);
  const [inLog, inRows] = [new Set(told), new Set(kept)];
  for (const change of told.filter((change) => !inRows.has(change)))
    yield { kind: 'members disagree', detail: `${channelId}: ${change} stands in the log alone` };
  for (const change of kept.filter((change) => !inLog.has(change)))
    yield { kind: 'members disagree', detail: `${channelId}: ${change} is not in the log` };
}

function* checkAuthors(channel: ChannelTruth, messages: Map<string, Message>): Generator<Violation> {
  const times = new Map<string, MembershipsOf>();
  const seen = new Set<string>();
  for (const { seq, clientMessageId } of channel.entries) {
    if (clientMessageId === null) continue;
    if (seen.has(clientMessageId))
      yield { kind: 'doubled', detail: `${clientMessageId} at ${channel.channelId} ${seq}` };
    seen.add(clientMessageId);
    const accountId = messages.get(clientMessageId)?.accountId;
    if (accountId === undefined) continue;
    const time = times.get(accountId) ?? new MembershipsOf(channel, accountId);
    times.set(accountId, time);
    if (!time.mayWriteAt(seq)) yield { kind: 'intruder', detail: `${accountId} wrote ${channel.channelId} ${seq}` };
  }
}

/** Every change of members begins an epoch, and a departure ends all before it. */
function* checkEpochs({ channelId, entries }: ChannelTruth): Generator<Violation> {
  let [least, current] = [1, 1];
  for (const { seq, epoch, change } of entries) {
    const wrong = change === null ? epoch < least || epoch > current : epoch !== current + 1;
    if (wrong)
      yield { kind: 'wrong epoch', detail: `${channelId} ${seq} is of ${epoch}, and ${least} to ${current} were good` };
    if (change === null) continue;
    current = epoch;
    if (change !== 'JOINED') least = epoch;
  }
}

function* checkMessages(messages: Message[], channels: ChannelTruth[]): Generator<Violation> {
  const logged = new Map<string, Map<string, LoggedEntry>>();
  for (const { channelId, entries } of channels)
    logged.set(
      channelId,
      new Map(entries.flatMap((entry) => (entry.clientMessageId ? [[entry.clientMessageId, entry]] : []))),
    );
  for (const message of messages)
    yield* checkMessage(message, logged.get(message.channelId)?.get(message.clientMessageId));
}

function* checkMessage(message: Message, entry: LoggedEntry | undefined): Generator<Violation> {
  const { clientMessageId, channelId, answers, refused } = message;
  const name = `${clientMessageId} of ${channelId}`;
  if (refused !== undefined && entry)
    yield { kind: 'refused yet kept', detail: `${name}: ${refused}, and at ${entry.seq}` };
  if (answers.length > 0 && !entry) yield { kind: 'lost', detail: `${name}, acknowledged at ${answers[0]?.seq}` };
  if (entry?.fingerprint === null && entry.expiresAt === null)
    yield { kind: 'lost', detail: `${name}: its body is gone, and it never expires` };
  for (const [index, { seq, fingerprint, duplicate, attempt }] of answers.entries()) {
    if (entry && (seq !== entry.seq || fingerprint !== (entry.fingerprint ?? fingerprint)))
      yield { kind: 'misplaced', detail: `${name}: acknowledged at ${seq}, in the log at ${entry.seq}` };
    if ((attempt === 1 && duplicate) || (index > 0 && !duplicate))
      yield { kind: 'wrong retry', detail: `${name}: attempt ${attempt} was told duplicate: ${duplicate}` };
  }
}

/** A change that was asked for again after an unknown outcome may stand in the log without ever being acknowledged. */
function* checkChanges(changes: MembershipAct[], channels: ChannelTruth[]): Generator<Violation> {
  const inLog = new Map<string, number>();
  for (const { channelId, entries } of channels)
    for (const { accountId, change } of entries) {
      const key = `${accountId} ${change} in ${channelId}`;
      if (change !== null) inLog.set(key, (inLog.get(key) ?? 0) + 1);
    }
  const acknowledged = new Map<string, number>();
  for (const { channelId, accountId, change } of changes) {
    const key = `${accountId} ${change} in ${channelId}`;
    acknowledged.set(key, (acknowledged.get(key) ?? 0) + 1);
  }
  for (const [key, count] of acknowledged)
    if (count > (inLog.get(key) ?? 0))
      yield {
        kind: 'lost',
        detail: `${key} was acknowledged ${count} times, and is in the log ${inLog.get(key) ?? 0} times`,
      };
}

import { checkFollower } from './check-follower.js';
import { checkLogs } from './check-log.js';
import type { History } from './history.js';
import type { ChannelTruth } from './truth.js';
import type { Violation } from './violation.js';

/** Judges a run by what was seen from outside and by what the database holds in the end. Empty: the promise was kept. */
export function judge(history: History, held: ChannelTruth[]): Violation[] {
  const channels = held.map((channel) => withErased(history, channel));
  return [
    ...checkLogs(history, channels),
    ...history.followers.flatMap((follower) => [...checkFollower(follower, channels)]),
    ...[...history.surprises].map(([what, times]): Violation => ({
      kind: 'surprise',
      detail: `${what} (${times} times)`,
    })),
  ];
}

/** Of a message whose body was erased in time, what its author was told stands for it. */
function withErased(history: History, channel: ChannelTruth): ChannelTruth {
  const told = new Map(
    history.messages.map(({ clientMessageId, answers }) => [clientMessageId, answers[0]?.fingerprint ?? null]),
  );
  const entries = channel.entries.map((entry) =>
    entry.fingerprint === null && entry.expiresAt !== null
      ? { ...entry, fingerprint: told.get(entry.clientMessageId ?? '') ?? null }
      : entry,
  );
  return { ...channel, entries };
}

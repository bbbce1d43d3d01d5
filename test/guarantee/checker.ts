import { checkFollower } from './check-follower.js';
import { checkLogs } from './check-log.js';
import type { History } from './history.js';
import type { ChannelTruth } from './truth.js';
import type { Violation } from './violation.js';

/** Judges a run by what was seen from outside and by what the database holds in the end. Empty: the promise was kept. */
export function judge(history: History, channels: ChannelTruth[]): Violation[] {
  return [
    ...checkLogs(history, channels),
    ...history.followers.flatMap((follower) => [...checkFollower(follower, channels)]),
    ...[...history.surprises].map(([what, times]): Violation => ({
      kind: 'surprise',
      detail: `${what} (${times} times)`,
    })),
  ];
}

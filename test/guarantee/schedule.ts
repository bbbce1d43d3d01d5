import type { Random } from './random.js';

export const faultKinds = [
  'kill a server',
  'stop a server',
  'restart servers one by one',
  'kill Redis',
  'stop Redis',
  'kill PostgreSQL',
  'stop PostgreSQL',
  'end database sessions',
  'swallow answers to COMMIT',
  'drop every socket',
  'let followers sleep',
  'change members',
  'found a channel',
] as const;

export type FaultKind = (typeof faultKinds)[number];

/** What is going to happen; which of the things it speaks of are meant is taken from its numbers. */
export interface Fault {
  kind: FaultKind;
  /** Time to recover in before it strikes. */
  pauseMs: number;
  /** Strikes while the one before is not over yet. */
  together: boolean;
  holdMs: number;
  /** Which server, or which people. */
  which: number;
  count: number;
}

/** Faults without end: each kind once, in some order, and again and again. */
export function* schedule(random: Random, kinds: readonly FaultKind[]): Generator<Fault> {
  for (;;)
    for (const kind of random.shuffled(kinds))
      yield {
        kind,
        pauseMs: random.between(200, 1_200),
        together: random.chance(0.25),
        holdMs: random.between(0, 1_000),
        which: random.between(0, 1_000),
        count: random.between(1, 3),
      };
}

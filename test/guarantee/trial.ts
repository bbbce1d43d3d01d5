import { setTimeout as pause } from 'node:timers/promises';
import { judge } from './checker.js';
import type { Crowd } from './crowd.js';
import type { Ground } from './ground.js';
import type { Groups } from './groups.js';
import type { History } from './history.js';
import { Nemesis } from './nemesis.js';
import type { Random } from './random.js';
import { type FaultKind, schedule } from './schedule.js';
import type { ServerProcess } from './server-process.js';
import type { ChannelTruth } from './truth.js';
import type { Violation } from './violation.js';

/** What is put to the proof, ready to begin. */
export interface Trial {
  name: string;
  servers: readonly ServerProcess[];
  crowd: Crowd;
  groups?: Groups;
  history: History;
  faults: readonly FaultKind[];
  /** What happens last, while everybody is still writing, and is not made good before all is judged. */
  lastly?(): Promise<void>;
  /** Whether every follower has come to the head of everything it follows. */
  isLevel(): Promise<boolean>;
  /** What the database holds in the end, and the history in its terms. */
  truth(): Promise<{ history: History; channels: ChannelTruth[] }>;
}

/** How long it goes on: until all of these are reached, but no longer than `mostSeconds`. */
export interface Goal {
  seconds: number;
  faults: number;
  posts: number;
  mostSeconds: number;
}

export interface Verdict {
  name: string;
  history: History;
  channels: ChannelTruth[];
  violations: Violation[];
  seconds: number;
  /** From the last fault's end until everybody was level. */
  settledMs: number;
}

const PROGRESS_EVERY_MS = 5_000;
const DRAINED_WITHIN_MS = 60_000;
/** Would anybody be given more than they should? */
const SILENCE_MS = 1_500;

export async function conduct(trial: Trial, ground: Ground, random: Random, goal: Goal): Promise<Verdict> {
  const { name, servers, crowd, groups, history } = trial;
  const began = performance.now();
  const elapsed = () => (performance.now() - began) / 1_000;
  const nemesis = new Nemesis(ground, servers, crowd, groups, history);
  const isEnough = () =>
    elapsed() >= goal.mostSeconds ||
    (elapsed() >= goal.seconds && nemesis.survived >= goal.faults && history.acknowledged >= goal.posts);
  const progress = setInterval(() => tell(name, elapsed(), history), PROGRESS_EVERY_MS);
  try {
    crowd.begin();
    await nemesis.rage(schedule(random, trial.faults), isEnough);
    await trial.lastly?.();
    const settledMs = await settle(trial);
    const { history: seen, channels } = await trial.truth();
    return { name, history: seen, channels, violations: judge(seen, channels), seconds: elapsed(), settledMs };
  } finally {
    clearInterval(progress);
    await crowd.leave();
    for (const server of servers) await server.kill();
  }
}

async function settle(trial: Trial): Promise<number> {
  const { crowd, history } = trial;
  const began = performance.now();
  const drained = crowd.finishWriting().then(() => true);
  if (!(await Promise.race([drained, pause(DRAINED_WITHIN_MS, false, { ref: false })])))
    history.surprise('a writer came to no end');
  // Who is still behind after that is found by the checker.
  while (!(await trial.isLevel()) && performance.now() - began < DRAINED_WITHIN_MS) await pause(100);
  const settledMs = performance.now() - began;
  await pause(SILENCE_MS);
  return settledMs;
}

function tell(name: string, seconds: number, { acknowledged, deliveries, faults }: History): void {
  const running = faults.filter(({ toMs }) => toMs === undefined).map(({ what }) => what);
  process.stderr.write(
    `${name} ${seconds.toFixed(0).padStart(4)} s: ${acknowledged} posts, ${deliveries} deliveries, ` +
      `${faults.length} faults${running.length > 0 ? `; now: ${running.join(', ')}` : ''}\n`,
  );
}

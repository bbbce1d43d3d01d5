import { describeWithRedis } from '../harness/redis.js';
import { buildRelay } from '../harness/relay-process.js';
import { controlTrial } from './controls/control-trial.js';
import { type Ground, layGround } from './ground.js';
import { Random } from './random.js';
import { relayTrial } from './relay-trial.js';
import { save, summary } from './report.js';
import { conduct, type Goal, type Verdict } from './trial.js';
import { countByKind } from './violation.js';

/** `npm run check:guarantee -- --minutes N` sets them. */
const minutes = Number(process.env.LETHE_GUARANTEE_MINUTES ?? 0);
const seed = Number(process.env.LETHE_GUARANTEE_SEED ?? (minutes > 0 ? Date.now() % 2 ** 32 : 1));

const goal: Goal =
  minutes > 0
    ? { seconds: minutes * 60, faults: 0, posts: 0, mostSeconds: minutes * 60 }
    : { seconds: 0, faults: 24, posts: 20_000, mostSeconds: 180 };

const controlGoal: Goal = { seconds: 6, faults: 4, posts: 1_000, mostSeconds: 60 };

jest.setTimeout((goal.mostSeconds + 240) * 1_000);

describeWithRedis('the promise', () => {
  let ground: Ground;

  beforeAll(async () => {
    process.stderr.write(
      `\nSeed ${seed}; again with: npm run check:guarantee -- --minutes ${minutes} --seed ${seed}\n`,
    );
    buildRelay();
    ground = await layGround();
  });
  afterAll(() => ground.stop());

  async function report(verdict: Verdict): Promise<void> {
    process.stderr.write(`${summary(verdict)}\n`);
    if (verdict.violations.length > 0) process.stderr.write(`Everything about it: ${await save(verdict, ground)}\n`);
  }

  it('is kept by the relay', async () => {
    const random = new Random(seed);
    const trial = await relayTrial(ground, seed, random.fork());
    const verdict = await conduct(trial, ground, random.fork(), goal);
    await report(verdict);
    expect(countByKind(verdict.violations)).toEqual({});
    expect(verdict.history.acknowledged).toBeGreaterThanOrEqual(goal.posts);
    expect(verdict.history.faults.length).toBeGreaterThanOrEqual(goal.faults);
  });

  // A checker that found nothing wrong with these would find nothing wrong with anything.
  it.each([
    ['by publish and subscribe alone', 'pubsub-only'],
    ['with a serial id as cursor', 'serial-cursor'],
  ] as const)('is seen to be broken by a relay that delivers %s', async (_, control) => {
    const random = new Random(seed);
    const trial = await controlTrial(control, ground, seed, random.fork());
    const verdict = await conduct(trial, ground, random.fork(), controlGoal);
    process.stderr.write(`${summary(verdict)}\n`);
    const { skipped = 0, behind = 0, ...others } = countByKind(verdict.violations);
    expect(skipped + behind).toBeGreaterThan(0);
    // Their logs are in order: it is the delivery that is found wanting, and nothing else.
    expect(others).toEqual({});
  });
});

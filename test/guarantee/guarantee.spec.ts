import { describeWithRedis } from '../harness/redis.js';
import { buildRelay } from '../harness/relay-process.js';
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
    : { seconds: 0, faults: 16, posts: 20_000, mostSeconds: 180 };

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
});

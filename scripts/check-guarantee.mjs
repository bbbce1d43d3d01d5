// `npm run check:guarantee -- --minutes 10 [--seed N]`: the fault checker of the delivery promise, as long as you like.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '10' }, seed: { type: 'string' } } });
if (!(Number(values.minutes) > 0)) throw new Error('--minutes takes a number above 0.');
if (values.seed !== undefined && !Number.isInteger(Number(values.seed)))
  throw new Error('--seed takes a whole number.');

const jest = createRequire(import.meta.url).resolve('jest/bin/jest');
const { status } = spawnSync(process.execPath, [jest, 'test/guarantee/guarantee.spec.ts', '--runInBand'], {
  cwd: join(import.meta.dirname, '..'),
  stdio: 'inherit',
  env: {
    ...process.env,
    LETHE_REQUIRE_REDIS: '1',
    LETHE_GUARANTEE_MINUTES: values.minutes,
    ...(values.seed !== undefined && { LETHE_GUARANTEE_SEED: values.seed }),
  },
});
process.exitCode = status ?? 1;

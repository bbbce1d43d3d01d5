// All that is checked beside the tests. Runs every step, says how each went, and fails at the end if one did.
// Each step ends with a line `ok …` or `not ok …`, which .ci/run counts.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const steps = {
  'lock file': ['npm', 'ci', '--dry-run', '--ignore-scripts', '--loglevel=error'],
  format: ['prettier', '--check', '.'],
  lint: ['eslint', '--max-warnings', '0', '.'],
  types: ['tsc', '--noEmit'],
  'types of the page': ['tsc', '--noEmit', '-p', 'graphiql'],
  build: ['npm', 'run', '--silent', 'build'],
  generate: ['npm', 'run', '--silent', 'generate', '--', '--check'],
  'dead code': ['knip'],
};

const root = join(import.meta.dirname, '..');
const path = [join(root, 'node_modules', '.bin'), process.env.PATH].join(process.platform === 'win32' ? ';' : ':');

const failed = Object.entries(steps).filter(([name, [command, ...args]]) => {
  process.stdout.write(`\n# ${name}: ${[command, ...args].join(' ')}\n`);
  const began = performance.now();
  const { status } = spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, PATH: path },
    shell: process.platform === 'win32',
  });
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  process.stdout.write(`${status === 0 ? 'ok' : 'not ok'} ${name} (${seconds} s)\n`);
  return status !== 0;
});

const names = failed.map(([name]) => name);
process.stdout.write(names.length === 0 ? '\nAll is well.\n' : `\nNot well: ${names.join(', ')}.\n`);
process.exitCode = names.length === 0 ? 0 : 1;

// Compiles the relay to dist/. With --if-needed (before every `npm start`) only when dist/ is not of these sources.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const root = join(import.meta.dirname, '..');
const inRoot = (...path) => join(root, ...path);
const stamp = inRoot('dist', '.built-from');
const lock = inRoot('dist', '.building');

if (!process.argv.includes('--if-needed') || !isFresh()) await alone(build);

function build() {
  // Whoever held the lock before may have built the same.
  if (process.argv.includes('--if-needed') && isFresh()) return;
  const sources = fingerprint();
  process.stdout.write('Compiling Lethe to dist/ (sources changed since the last time) …\n');
  const began = performance.now();
  rmSync(stamp, { force: true });
  const { status } = spawnSync(process.execPath, [compiler(), '-p', 'tsconfig.build.json'], {
    cwd: root,
    stdio: 'inherit',
  });
  if (status !== 0) {
    process.exitCode = 1;
    return;
  }
  writeFileSync(stamp, sources);
  process.stdout.write(`Compiled in ${((performance.now() - began) / 1000).toFixed(1)} s.\n`);
}

function isFresh() {
  if (!existsSync(stamp)) return false;
  // An installation without sources has nothing to compile.
  return !existsSync(inRoot('src')) || readFileSync(stamp, 'utf8') === fingerprint();
}

/** By content: times change with every checkout, and a change within one second would go unseen. */
function fingerprint() {
  const hash = createHash('sha256');
  const compiled = ['src', 'migrations'].flatMap((folder) =>
    readdirSync(inRoot(folder), { recursive: true })
      .filter((path) => path.endsWith('.ts') && !path.endsWith('.spec.ts'))
      .sort()
      .map((path) => join(folder, path)),
  );
  for (const path of ['package-lock.json', 'tsconfig.json', 'tsconfig.build.json', ...compiled]) {
    const content = readFileSync(inRoot(path));
    hash.update(`${path}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

function compiler() {
  try {
    return createRequire(import.meta.url).resolve('typescript/bin/tsc');
  } catch {
    process.stderr.write('The compiler is not installed: run `npm ci` without --omit=dev, then start again.\n');
    process.exit(1);
  }
}

/** Two starts at once in one folder must not write into each other's output. */
async function alone(work) {
  mkdirSync(inRoot('dist'), { recursive: true });
  while (!tookLock()) await pause(100);
  try {
    work();
  } finally {
    rmSync(lock, { force: true });
  }
}

function tookLock() {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    if (!holderIsAlive()) rmSync(lock, { force: true });
    return false;
  }
}

function holderIsAlive() {
  try {
    process.kill(Number(readFileSync(lock, 'utf8')), 0);
    return true;
  } catch (error) {
    // Anything but "no such process": not ours to end, or the lock was given free this moment.
    return error.code !== 'ESRCH';
  }
}

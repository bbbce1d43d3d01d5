// Compiles the relay to dist/, and bundles GraphiQL to dist/graphiql; `build.mjs graphiql` does only that. With
// --if-needed (before every `npm start`) only what is not of these sources.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { bundleGraphiql } from './bundle-graphiql.mjs';

const root = join(import.meta.dirname, '..');
const inRoot = (...path) => join(root, ...path);
const lock = inRoot('dist', '.building');
const ifNeeded = process.argv.includes('--if-needed');

const all = [
  {
    name: 'relay',
    says: 'Compiling Lethe to dist/',
    folders: ['src', 'migrations'],
    files: ['package-lock.json', 'tsconfig.json', 'tsconfig.build.json'],
    stamp: inRoot('dist', '.built-from'),
    make: compile,
  },
  {
    name: 'graphiql',
    says: 'Bundling GraphiQL to dist/graphiql',
    folders: ['graphiql'],
    files: ['package-lock.json', 'scripts/bundle-graphiql.mjs'],
    stamp: inRoot('dist', '.graphiql-built-from'),
    make: bundle,
  },
];
const named = all.filter(({ name }) => process.argv.includes(name));
const outputs = named.length > 0 ? named : all;

if (!ifNeeded || !outputs.every(isFresh)) await alone(build);

async function build() {
  for (const output of outputs) {
    // Whoever held the lock before may have built the same.
    if (ifNeeded && isFresh(output)) continue;
    const sources = fingerprint(output);
    process.stdout.write(`${output.says} …\n`);
    const began = performance.now();
    rmSync(output.stamp, { force: true });
    if (!(await output.make())) continue;
    writeFileSync(output.stamp, sources);
    process.stdout.write(`Done in ${((performance.now() - began) / 1000).toFixed(1)} s.\n`);
  }
}

function compile() {
  const { status } = spawnSync(process.execPath, [compiler(), '-p', 'tsconfig.build.json'], {
    cwd: root,
    stdio: 'inherit',
  });
  if (status !== 0) process.exitCode = 1;
  return status === 0;
}

async function bundle() {
  try {
    await bundleGraphiql(inRoot('dist', 'graphiql'));
    return true;
  } catch (error) {
    process.stderr.write(`GraphiQL is not bundled: ${error.message}\n`);
    // An installation without optional packages has no esbuild for its machine. The relay runs without the page.
    if (!ifNeeded) process.exitCode = 1;
    return false;
  }
}

function isFresh({ folders, stamp, ...output }) {
  if (!existsSync(stamp)) return false;
  // An installation without sources has nothing to build.
  const hasSources = folders.every((folder) => existsSync(inRoot(folder)));
  return !hasSources || readFileSync(stamp, 'utf8') === fingerprint({ folders, ...output });
}

/** By content: times change with every checkout, and a change within one second would go unseen. */
function fingerprint({ folders, files }) {
  const hash = createHash('sha256');
  const sources = folders.flatMap((folder) =>
    readdirSync(inRoot(folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.endsWith('.spec.ts'))
      .map(({ parentPath, name }) => relative(root, join(parentPath, name)))
      .sort(),
  );
  for (const path of [...files, ...sources]) {
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
    await work();
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

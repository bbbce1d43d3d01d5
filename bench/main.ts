import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { fanOut } from './fan-out.bench.js';
import { type Bench, type Figure, goalOf, ratioOf, reached, type Reporter, written } from './figure.js';
import { post } from './post.bench.js';

// `npm run bench` runs all, `npm run bench -- fan-out` one.

const benches: Bench[] = [fanOut, post];

const say = (text: string) => void process.stdout.write(text);

const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const unknown = wanted.filter((name) => !benches.some((bench) => bench.name === name));
if (unknown.length > 0)
  throw new Error(`There is no bench ${unknown.join(', ')}. There are: ${benches.map(({ name }) => name).join(', ')}.`);

interface Result {
  name: string;
  what: string;
  figures: Figure[];
  skipped: string[];
}

async function measured(bench: Bench): Promise<Result> {
  const { name, what } = bench;
  say(`\n${name}: ${what}\n`);
  const skipped: string[] = [];
  const report: Reporter = {
    progress: (text) => say(`  … ${text}\n`),
    skipped: (text) => {
      skipped.push(text);
      say(`  skipped: ${text}\n`);
    },
  };
  const figures = await bench.run(report);
  for (const figure of figures) say(`  ${lineOf(figure)}\n`);
  return { name, what, figures, skipped };
}

function lineOf(figure: Figure): string {
  const { what, value, unit, baseline, note } = figure;
  const ratio = ratioOf(figure);
  const beside = baseline
    ? `; ${baseline.what}: ${written(baseline.value)} ${unit}; ratio ${written(ratio ?? NaN)}`
    : '';
  const verdict = reached(figure);
  const goal = verdict === undefined ? '' : `; goal ${goalOf(figure)}: ${verdict ? 'reached' : 'NOT reached'}`;
  return `${what}: ${written(value)} ${unit}${beside}${goal}${note ? ` (${note})` : ''}`;
}

const results: Result[] = [];
for (const bench of benches)
  if (wanted.length === 0 || wanted.includes(bench.name)) results.push(await measured(bench));

const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
const machine = {
  cores: cpus().length,
  processor: cpus()[0]?.model ?? 'unknown',
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  node: process.version,
};
if (wanted.length === 0) {
  const folder = join(import.meta.dirname, 'results');
  mkdirSync(folder, { recursive: true });
  const at = new Date().toISOString();
  writeFileSync(
    join(folder, `${at.slice(0, 10)}-${commit}.json`),
    `${JSON.stringify({ at, commit, machine, results }, null, 2)}\n`,
  );
}

import { createWriteStream } from 'node:fs';
import { copyFile, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Ground } from './ground.js';
import type { Verdict } from './trial.js';
import { countByKind } from './violation.js';

const FOLDER = 'test-results';
const SHOWN_OF_A_KIND = 3;

/** What a run came to, for people. */
export function summary({ name, history, violations, seconds, settledMs }: Verdict): string {
  const faults: Record<string, number> = {};
  for (const { kind } of history.faults) faults[kind] = (faults[kind] ?? 0) + 1;
  const facts = {
    seed: history.seed,
    seconds: seconds.toFixed(0),
    faults: `${history.faults.length} (${listed(faults)})`,
    'posts acknowledged': history.acknowledged,
    deliveries: history.deliveries,
    'retries of posts': history.retries,
    'connections of followers': history.resumes,
    'longest catch-up': `${(history.longestCatchUpMs / 1_000).toFixed(1)} s`,
    'level after the end': `${(settledMs / 1_000).toFixed(1)} s`,
    violations: violations.length === 0 ? 0 : `${violations.length} (${listed(countByKind(violations))})`,
  };
  const lines = Object.entries(facts).map(([fact, value]) => `  ${fact.padEnd(26)}${value}`);
  const examples = Object.keys(countByKind(violations)).flatMap((shown) =>
    violations
      .filter(({ kind }) => kind === shown)
      .slice(0, SHOWN_OF_A_KIND)
      .map(({ kind, detail }) => `    ${kind}: ${detail}`),
  );
  return [`\n${name}`, ...lines, ...examples, ''].join('\n');
}

const listed = (counts: Record<string, number>) =>
  Object.entries(counts)
    .map(([what, count]) => `${what} ${count}`)
    .join(', ');

/** Keeps everything that is needed to understand a failure, and gives its path. */
export async function save(verdict: Verdict, ground: Ground): Promise<string> {
  const stem = join(process.cwd(), FOLDER, `guarantee-${verdict.history.seed}`);
  await mkdir(join(process.cwd(), FOLDER), { recursive: true });
  await pipeline(Readable.from(linesOf(verdict)), createWriteStream(`${stem}.json`));
  for (const file of await readdir(ground.folder))
    if (file.endsWith('.log')) await copyFile(join(ground.folder, file), `${stem}-${file.replaceAll(' ', '-')}`);
  return `${stem}.json`;
}

/** JSON in pieces: as one text a long run would be longer than a string may be. */
function* linesOf({ name, history, channels, violations }: Verdict): Generator<string> {
  const { seed, faults, changes, surprises } = history;
  yield `{"name":${JSON.stringify(name)},"seed":${seed},"surprises":${JSON.stringify([...surprises])},\n`;
  yield* list('violations', violations);
  yield* list('faults', faults);
  yield* list('changes', changes);
  yield* list('messages', history.messages);
  yield* list(
    'followers',
    history.followers.map(({ channels, ...follower }) => ({ ...follower, channels: [...channels.keys()] })),
  );
  for (const [index, { channels }] of history.followers.entries())
    for (const [channelId, { startsAfter, seqs, fingerprints, gaps, times }] of channels) {
      const received = { startsAfter, seqs, fingerprints, gaps: [...gaps], times: [...times] };
      yield `"received ${index} ${channelId}":${JSON.stringify(received)},\n`;
    }
  for (const { channelId, headSeq, memberships, entries } of channels) {
    yield `"log ${channelId}":${JSON.stringify({ headSeq, memberships })},\n`;
    yield* list(`entries ${channelId}`, entries);
  }
  yield '"end":true}\n';
}

function* list(name: string, items: readonly unknown[]): Generator<string> {
  yield `${JSON.stringify(name)}:[\n`;
  for (const [index, item] of items.entries()) yield `${index > 0 ? ',\n' : ''}${JSON.stringify(item)}`;
  yield '\n],\n';
}

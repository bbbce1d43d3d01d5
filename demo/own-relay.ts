import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { findRunningPostgres } from '../src/database/embedded-postgres/running-postgres.js';

export interface OwnRelay {
  url: string;
  databaseUrl: string;
}

const project = join(import.meta.dirname, '..');
const STOPS_WITHIN_MS = 15_000;

/**
 * A whole relay as `npm start` gives it, with a PostgreSQL of its own, in a folder that goes with it. `closing` is told
 * how to stop it, even when it does not start.
 */
export async function startOwnRelay(closing: (() => Promise<unknown>)[]): Promise<OwnRelay> {
  const built = spawnSync(process.execPath, [join(project, 'scripts/build.mjs'), '--if-needed'], { stdio: 'inherit' });
  if (built.status !== 0) throw new Error('The relay does not compile.');
  const folder = await mkdtemp(join(tmpdir(), 'lethe-demo-'));
  const relay = spawn(process.execPath, [join(project, 'dist/src/main.js')], {
    // Not in the project's folder: a `.env` there is meant for another relay.
    cwd: folder,
    env: {
      ...withoutSettings(process.env),
      PORT: '0',
      LETHE_HOST: '127.0.0.1',
      LETHE_DATA: folder,
      LETHE_DRAIN_MS: '0',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = once(relay, 'exit');
  const said: string[] = [];
  relay.stderr.setEncoding('utf8').on('data', (text: string) => said.push(text));
  closing.unshift(async () => {
    relay.kill('SIGTERM');
    const giveUp = setTimeout(() => relay.kill('SIGKILL'), STOPS_WITHIN_MS);
    await exited;
    clearTimeout(giveUp);
    await rm(folder, { recursive: true, force: true, maxRetries: 10 });
  });
  const url = await Promise.race([addressSaidOn(relay.stdout), exited.then(() => endedEarly(said))]);
  const databaseUrl = await findRunningPostgres(join(folder, 'postgres'));
  if (databaseUrl === undefined) throw new Error('The relay runs, but its PostgreSQL cannot be found.');
  return { url, databaseUrl };
}

/** What is set for another relay is not meant for this one. */
const withoutSettings = (environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(
    Object.entries(environment).filter(([name]) => !/^(LETHE_|DATABASE_URL$|REDIS_URL$|NODE_ENV$)/.test(name)),
  );

/** The relay's banner names the port it took. */
function addressSaidOn(output: Readable): Promise<string> {
  return new Promise((resolve) => {
    createInterface(output).on('line', (line) => {
      const [, url] = /is running on (\S+)\/graphql/.exec(line) ?? [];
      if (url !== undefined) resolve(url);
    });
  });
}

function endedEarly(said: string[]): never {
  throw new Error(`The relay ended before it was ready.\n${said.join('')}`);
}

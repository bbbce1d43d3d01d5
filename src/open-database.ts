import { join } from 'node:path';
import type { Settings } from './config/settings.js';
import { startEmbeddedPostgres } from './database/embedded-postgres/embedded-postgres.js';
import { StartFailure } from './start-failure.js';

export interface OpenDatabase {
  readonly url: string;
  /** For people: where it is, without user and password. */
  readonly place: string;
  close(): Promise<void>;
}

/** The database of `DATABASE_URL`, or the embedded one. */
export async function openDatabase({ DATABASE_URL: url, LETHE_DATA }: Settings): Promise<OpenDatabase> {
  if (url !== undefined) return { url, place: placeOf(url), close: () => Promise.resolve() };
  const embedded = await startEmbeddedPostgres({
    dataFolder: join(LETHE_DATA, 'postgres'),
    onProgress: (line) => process.stdout.write(`${line}\n`),
  }).catch((error: Error) => {
    throw new StartFailure(error.message);
  });
  return { url: embedded.url, place: `embedded, in ${embedded.dataFolder}`, close: () => embedded.stop() };
}

function placeOf(url: string): string {
  const { host, pathname } = new URL(url);
  return `${host}${pathname}`;
}

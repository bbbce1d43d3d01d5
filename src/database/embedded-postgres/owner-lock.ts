import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, readlink, rm, stat, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type ClusterFiles, replaceFile } from './cluster-files.js';
import { startTimeOf } from './processes.js';

interface Owner {
  readonly pid: number;
  readonly startTime: string;
  /** Process numbers mean something only within one machine, one boot and one container. */
  readonly place: string;
}

const HEARTBEAT_MS = 1_000;
const SILENCE_MEANS_DEAD_MS = 4_000;
const LOOKS = 5;
const LOOK_AGAIN_MS = 50;

/**
 * One relay at a time: a second one would stop the server under the first. Every contender first shows a file with a
 * name of its own, then looks at the others. Whoever comes later therefore sees the earlier one, and removing a dead
 * relay's file can never remove a living one's, which a single lock file could not promise.
 *
 * @returns what gives the folder free again
 */
export async function takeOwnership(files: ClusterFiles): Promise<() => Promise<void>> {
  await mkdir(files.owners, { recursive: true });
  const me = await thisProcess();
  const mine = `${me.pid}-${randomBytes(6).toString('hex')}.json`;
  const release = await show(join(files.owners, mine), me);
  try {
    for (let look = 1; ; look++) {
      const other = await otherLivingOwner(files.owners, mine, me.place);
      if (other === undefined) return release;
      // Of relays started in the same instant the first by name stays and waits for the others to step back.
      if (other.name < mine || look === LOOKS) throw alreadyOwned(files.cluster, other.owner);
      await delay(LOOK_AGAIN_MS);
    }
  } catch (error) {
    await release();
    throw error;
  }
}

async function show(file: string, me: Owner): Promise<() => Promise<void>> {
  await replaceFile(file, JSON.stringify(me), 0o644);
  const heartbeat = setInterval(() => {
    const now = new Date();
    utimes(file, now, now).catch(() => undefined);
  }, HEARTBEAT_MS).unref();
  return async () => {
    clearInterval(heartbeat);
    await rm(file, { force: true });
  };
}

async function otherLivingOwner(
  folder: string,
  mine: string,
  here: string,
): Promise<{ name: string; owner: Owner } | undefined> {
  for (const name of (await readdir(folder)).sort()) {
    if (name === mine || !name.endsWith('.json')) continue;
    const file = join(folder, name);
    const owner = await readOwner(file);
    if (owner !== undefined && (await isLiving(owner, file, here))) return { name, owner };
    await rm(file, { force: true });
  }
  return undefined;
}

async function readOwner(file: string): Promise<Owner | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Owner;
  } catch {
    return undefined;
  }
}

async function isLiving(owner: Owner, file: string, here: string): Promise<boolean> {
  if (owner.place === here) return (await startTimeOf(owner.pid)) === owner.startTime;
  // Another container or machine sharing the volume: its process numbers say nothing here, its heartbeat does.
  const lastBeat = await beatOf(file);
  const deadline = Date.now() + SILENCE_MEANS_DEAD_MS;
  while (Date.now() < deadline) {
    await delay(HEARTBEAT_MS / 10);
    const beat = await beatOf(file);
    if (beat === undefined) return false;
    if (beat !== lastBeat) return true;
  }
  return false;
}

async function beatOf(file: string): Promise<number | undefined> {
  return stat(file).then(
    (entry) => entry.mtimeMs,
    () => undefined,
  );
}

async function thisProcess(): Promise<Owner> {
  const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '');
  const container = await readlink('/proc/self/ns/pid').catch(() => '');
  return {
    pid: process.pid,
    startTime: (await startTimeOf(process.pid)) ?? 'unknown',
    place: [hostname(), boot.trim(), container].join(' '),
  };
}

function alreadyOwned(cluster: string, owner: Owner): Error {
  return new Error(
    `Another relay (process ${owner.pid}) is using the embedded PostgreSQL in ${cluster}. ` +
      'Stop that relay first, or set LETHE_DATA to another folder to run a second relay beside it, ' +
      'or set DATABASE_URL in both to a PostgreSQL they share.',
  );
}

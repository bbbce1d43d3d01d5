import { type ChildProcess, spawn } from 'node:child_process';
import { access, constants, type FileHandle, open, rename, stat } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { type Account, asSpawnOptions } from './account.js';
import { childEnvironment, nameForChild } from './child-place.js';
import type { ClusterFiles } from './cluster-files.js';
import { readPidFile } from './pid-file.js';
import type { Programs } from './programs.js';
import { startFailure } from './start-failure.js';

const POLL_MS = 5;
const STILL_STARTING_MS = 5_000;
const LOG_LIMIT_BYTES = 10 * 1024 * 1024;
const SHOWN_BYTES = 8 * 1024;

/** Returns when the server takes connections; fails with what PostgreSQL wrote when it does not come up. */
export async function launchPostmaster(
  programs: Programs,
  files: ClusterFiles,
  account: Account | undefined,
  settings: Record<string, string>,
  onProgress: (line: string) => void,
): Promise<ChildProcess> {
  const log = await openLog(files.log);
  try {
    const { size: saidBefore } = await log.stat();
    const name = await nameForChild(files.cluster, account);
    const child = await startChild(programs.postgres, name, files.cluster, account, settings, log);
    await waitUntilReady(child, files, onProgress).catch(async (error: unknown) => {
      child.kill('SIGKILL');
      throw error instanceof Exited ? await failure(files, log, saidBefore) : error;
    });
    return child;
  } finally {
    await log.close();
  }
}

class Exited extends Error {}

/**
 * A session of its own, so that Ctrl-C reaches the relay alone and the relay can drain before its database goes; a file
 * and no pipe for the log, so that the server can still write when the relay is gone.
 */
async function startChild(
  program: string,
  name: string,
  cluster: string,
  account: Account | undefined,
  settings: Record<string, string>,
  log: FileHandle,
): Promise<ChildProcess> {
  const settingArguments = Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`]);
  try {
    const child = spawn(program, ['-D', name, ...settingArguments], {
      cwd: cluster,
      env: childEnvironment(),
      stdio: ['ignore', log.fd, log.fd],
      detached: true,
      windowsHide: true,
      ...asSpawnOptions(account),
    });
    await new Promise((resolve, reject) => child.once('spawn', resolve).once('error', reject));
    child.unref();
    return child;
  } catch (error) {
    throw startFailure('PostgreSQL could not be started', (error as Error).message, error);
  }
}

async function waitUntilReady(
  child: ChildProcess,
  files: ClusterFiles,
  onProgress: (line: string) => void,
): Promise<void> {
  let nextNotice = Date.now() + STILL_STARTING_MS;
  for (;;) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Exited();
    const state = await readPidFile(files.cluster);
    if (state?.pid === child.pid && state?.status === 'ready') return;
    // No deadline: repairing a large cluster after a power cut takes what it takes, and giving up would begin it anew.
    if (Date.now() > nextNotice) {
      onProgress(`PostgreSQL is still starting, perhaps recovering after a crash; see ${files.log}`);
      nextNotice += STILL_STARTING_MS;
    }
    await delay(POLL_MS);
  }
}

async function failure(files: ClusterFiles, log: FileHandle, saidBefore: number): Promise<Error> {
  const { size } = await log.stat();
  const from = Math.max(saidBefore, size - SHOWN_BYTES);
  const { buffer, bytesRead } = await log.read(Buffer.alloc(size - from), 0, size - from, from);
  return startFailure(`PostgreSQL did not start in ${files.cluster}`, buffer.toString('utf8', 0, bytesRead));
}

async function openLog(path: string): Promise<FileHandle> {
  const size = await stat(path).then(
    (entry) => entry.size,
    () => 0,
  );
  // Not writable: left by a start as root in a folder that is ours.
  const writable = await access(path, constants.W_OK).then(
    () => true,
    (error: NodeJS.ErrnoException) => error.code === 'ENOENT',
  );
  if (size > LOG_LIMIT_BYTES || !writable) await rename(path, `${path}.1`);
  return open(path, 'a+', 0o600);
}

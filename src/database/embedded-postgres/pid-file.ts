import { chown, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

interface PidFile {
  readonly pid: number;
  readonly status: string;
}

const STATUS_LINE = 7;

export async function readPidFile(cluster: string): Promise<PidFile | undefined> {
  const lines = await linesOf(cluster);
  const pid = Number(lines[0]);
  return Number.isInteger(pid) && pid > 0 ? { pid, status: (lines[STATUS_LINE] ?? '').trim() } : undefined;
}

/**
 * After a crash the number in postmaster.pid may by now be a stranger's (or a zombie's), and PostgreSQL would refuse to
 * start; or, in a container, the very number the new server gets, and the old "ready" would be believed. Removing the
 * file would also remove PostgreSQL's own guard against a second server on the same shared memory. PostgreSQL ignores
 * the number of its parent, so the relay writes its own number there and leaves the rest.
 */
export async function disownPidFile(cluster: string): Promise<void> {
  const state = await readPidFile(cluster);
  if (state === undefined || process.platform === 'win32') return;
  const path = join(cluster, 'postmaster.pid');
  const draft = `${path}.lethe`;
  const [, ...rest] = await linesOf(cluster);
  const owner = await stat(path);
  await rm(draft, { force: true });
  // The folder is the unprivileged account's: opened exclusively, root follows no link that account may have laid.
  await writeFile(draft, [process.pid, ...rest].join('\n'), { mode: 0o600, flag: 'wx' });
  await chown(draft, owner.uid, owner.gid);
  await rename(draft, path);
}

async function linesOf(cluster: string): Promise<string[]> {
  return (await readFile(join(cluster, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n');
}

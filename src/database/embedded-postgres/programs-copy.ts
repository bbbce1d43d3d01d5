import {
  chmod,
  copyFile,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readlink,
  realpath,
  rename,
  rm,
  stat,
  symlink,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Account, canReach } from './account.js';
import { type ClusterFiles, exists } from './cluster-files.js';

/** Beside the data first, so that everything stays in one place; the others only when the data lies in a closed folder. */
const SYSTEM_FOLDERS = ['/var/lib/lethe', '/opt/lethe', '/usr/local/lib/lethe'];
const WRITABLE_BY_OTHERS = 0o022;
const STICKY = 0o1000;

export async function copyPrograms(
  native: string,
  version: string,
  files: ClusterFiles,
  account: Account | undefined,
  finish: (copy: string) => Promise<void>,
): Promise<string> {
  const refusals: string[] = [];
  for (const folder of [files.programs, ...(account === undefined ? [] : SYSTEM_FOLDERS)]) {
    try {
      await requireSuitable(await nearestExisting(folder), account);
      await makeOpenFolder(folder);
      return await copyInto(await realpath(folder), native, version, finish);
    } catch (error) {
      refusals.push(`${folder}: ${(error as Error).message}`);
    }
  }
  throw new Error(
    `The programs of the embedded PostgreSQL in ${native} cannot be used where they are, and no place was found for a ` +
      `copy:\n${refusals.join('\n')}\nMove the relay to a folder other users can read, or run it as a normal user, or set DATABASE_URL.`,
  );
}

/** A finished copy appears under its name in one step, so whatever carries the name is whole. */
async function copyInto(
  folder: string,
  native: string,
  version: string,
  finish: (copy: string) => Promise<void>,
): Promise<string> {
  const copy = join(folder, `postgresql-${version}-${process.platform}-${process.arch}`);
  if (await exists(copy)) return copy;
  const draft = await mkdtemp(`${copy}.draft-`);
  try {
    await chmod(draft, 0o755);
    await copyReadable(native, join(draft, 'native'));
    await finish(draft);
    await rename(draft, copy);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    // Another relay finished its copy first.
    if (!(await exists(copy))) throw error;
  }
  return copy;
}

/** Sets every mode itself: neither the umask of the install nor that of this process may close the copy. */
async function copyReadable(from: string, to: string): Promise<void> {
  await mkdir(to);
  await chmod(to, 0o755);
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) await copyReadable(source, target);
    else if (entry.isSymbolicLink()) await symlink(await readlink(source), target);
    else {
      await copyFile(source, target);
      await chmod(target, (await stat(source)).mode & 0o100 ? 0o755 : 0o644);
    }
  }
}

async function nearestExisting(folder: string): Promise<string> {
  return (await exists(folder)) ? folder : nearestExisting(dirname(folder));
}

async function makeOpenFolder(folder: string): Promise<void> {
  if (await exists(folder)) return;
  await makeOpenFolder(dirname(folder));
  await mkdir(folder).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  });
  await chmod(folder, 0o755);
}

/** What root lets run must lie where nobody but root could have put or exchanged it. */
async function requireSuitable(folder: string, account: Account | undefined): Promise<void> {
  const real = await realpath(folder);
  if (account === undefined) {
    if (process.getuid !== undefined && (await lstat(real)).uid !== process.getuid())
      throw new Error('belongs to another user');
    return;
  }
  if (!(await canReach(real, account))) throw new Error(`user ${account.uid} cannot reach it`);
  for (let at = real; ; at = dirname(at)) {
    const { uid, mode } = await lstat(at);
    const exchangeable = (mode & WRITABLE_BY_OTHERS) !== 0 && (at === real || (mode & STICKY) === 0);
    if (uid !== 0 || exchangeable) throw new Error(`${at} can be changed by others than root`);
    if (dirname(at) === at) return;
  }
}

import { mkdir, readdir, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { randomBytes } from 'node:crypto';

/**
 * Where everything of one embedded PostgreSQL lies. Only the cluster itself is PostgreSQL's; the rest lies beside it,
 * because the cluster folder belongs to the account PostgreSQL runs as and the rest belongs to the relay.
 */
export interface ClusterFiles {
  readonly cluster: string;
  readonly log: string;
  readonly password: string;
  readonly port: string;
  readonly owners: string;
  readonly programs: string;
}

export async function clusterFilesOf(dataFolder: string): Promise<ClusterFiles> {
  const wanted = resolve(dataFolder);
  await mkdir(dirname(wanted), { recursive: true });
  const cluster = await realPathOf(wanted);
  return {
    cluster,
    log: `${cluster}.log`,
    password: `${cluster}.password`,
    port: `${cluster}.port`,
    owners: `${cluster}.owners`,
    programs: `${cluster}.programs`,
  };
}

/** Two spellings of one folder (a symbolic link on the way) must meet at the same lock. */
async function realPathOf(wanted: string): Promise<string> {
  try {
    return await realpath(wanted);
  } catch {
    return join(await realpath(dirname(wanted)), basename(wanted));
  }
}

export async function isCluster(folder: string): Promise<boolean> {
  return exists(join(folder, 'PG_VERSION'));
}

export async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

export async function isAbsentOrEmpty(folder: string): Promise<boolean> {
  return readdir(folder).then(
    (entries) => entries.length === 0,
    (error: NodeJS.ErrnoException) => error.code === 'ENOENT',
  );
}

/** A reader, or a start after a power cut, sees the old content or the new one and never a half. */
export async function replaceFile(path: string, content: string, mode: number): Promise<void> {
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    await writeFile(draft, content, { mode, flag: 'wx', flush: true });
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

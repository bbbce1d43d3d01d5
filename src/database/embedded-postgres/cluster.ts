import { randomBytes } from 'node:crypto';
import { chown, mkdtemp, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Account } from './account.js';
import { type ClusterFiles, isAbsentOrEmpty, isCluster, replaceFile } from './cluster-files.js';
import { runInitdb } from './initdb.js';

const DRAFT = '.initializing-';
/** Tells this cluster's processes from others in the list of processes; stays the same when the folder is moved. */
export async function clusterNameOf(cluster: string): Promise<string> {
  const { ino } = await stat(cluster, { bigint: true });
  return `lethe_${ino.toString(36)}`;
}

/** @returns the password of the cluster's user */
export async function preparedCluster(
  files: ClusterFiles,
  initdb: string,
  account: Account | undefined,
  onProgress: (line: string) => void,
): Promise<string> {
  await removeDrafts(files.cluster);
  const kept = await readFile(files.password, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    return undefined;
  });
  if (await isCluster(files.cluster)) {
    if (kept !== undefined) return kept.trim();
    throw new Error(`The password of the PostgreSQL in ${files.cluster} is gone: restore ${files.password}.`);
  }
  if (!(await isAbsentOrEmpty(files.cluster))) {
    throw new Error(
      `${files.cluster} holds something that is not a PostgreSQL cluster: set LETHE_DATA to another folder.`,
    );
  }
  onProgress(`creating a PostgreSQL cluster in ${files.cluster}`);
  const password = kept?.trim() ?? randomBytes(24).toString('base64url');
  // Kept before the cluster exists: a cluster whose password was lost would be of no use.
  await replaceFile(files.password, `${password}\n`, 0o600);
  await createCluster(files.cluster, initdb, account, password);
  return password;
}

/** Made under another name and renamed when whole, so that an interrupted creation is never taken for a cluster. */
async function createCluster(
  cluster: string,
  initdb: string,
  account: Account | undefined,
  password: string,
): Promise<void> {
  const draft = await mkdtemp(`${cluster}${DRAFT}`);
  try {
    if (account !== undefined) await chown(draft, account.uid, account.gid);
    await runInitdb(draft, initdb, account, password);
    await rename(draft, cluster);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    throw error;
  }
}

async function removeDrafts(cluster: string): Promise<void> {
  const folder = dirname(cluster);
  for (const name of await readdir(folder)) {
    if (!name.startsWith(`${basename(cluster)}${DRAFT}`)) continue;
    // An initdb that outlived its relay may still be writing there; what it adds goes at the next start.
    await rm(join(folder, name), { recursive: true, force: true, maxRetries: 2 }).catch(() => undefined);
  }
}

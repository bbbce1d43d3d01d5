import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { rm, statfs, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Settings } from '../config/settings.js';

const LEAST_FREE_BYTES = 1024 ** 3;

/** What was looked at, and what is wrong with it. */
type StoreFinding = [name: string, fault: string | undefined];

/** Whether the store of encrypted files can be used, tried out with a file that is gone again afterwards. */
export async function diagnoseStore(settings: Settings): Promise<StoreFinding[]> {
  if (settings.LETHE_S3_BUCKET === undefined) return ofFolder(settings);
  const { bucketFault } = await import('./s3-blob-store.js');
  return [['the S3 bucket for encrypted files can be used', await bucketFault(settings)]];
}

async function ofFolder({ LETHE_DATA }: Settings): Promise<StoreFinding[]> {
  let folder = join(LETHE_DATA, 'attachments');
  // Before the first file it is not there, and looking makes no folder.
  while (!existsSync(folder)) folder = dirname(folder);
  return [
    ['the folder for encrypted files can be written to', await writeFault(folder)],
    ['there is room for encrypted files', await roomFault(folder)],
  ];
}

async function writeFault(folder: string): Promise<string | undefined> {
  const probe = join(folder, `doctor-${randomBytes(8).toString('hex')}`);
  try {
    await writeFile(probe, 'probe', { flag: 'wx', mode: 0o600, flush: true });
    await rm(probe);
    return undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return `${folder} does not take a file (${code}); let the user of the relay write there, or correct LETHE_DATA`;
  }
}

/** Of the disk that a folder is on. */
export async function roomFault(folder: string): Promise<string | undefined> {
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  return free < LEAST_FREE_BYTES ? `${Math.round(free / 1024 ** 2)} MiB are left; make room` : undefined;
}

import type { Stats } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** The operating system account PostgreSQL runs as when the relay runs as root; root itself is refused by PostgreSQL. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

export const READ = 4;
const ENTER = 1;

const FALLBACK: Account = { uid: 65534, gid: 65534 };

/** Undefined means: run as whoever the relay is. */
export async function accountFor(cluster: string): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  // A cluster made earlier by a normal user stays that user's, so that it also starts without root again.
  const owner = await stat(cluster).catch(() => undefined);
  return owner !== undefined && owner.uid !== 0 ? { uid: owner.uid, gid: owner.gid } : nobody();
}

async function nobody(): Promise<Account> {
  const lines = await readFile('/etc/passwd', 'utf8').catch(() => '');
  const fields = /^nobody:[^:]*:(-?\d+):(-?\d+):/m.exec(lines);
  if (fields === null) return FALLBACK;
  // macOS writes -2 where the kernel means 4294967294.
  return { uid: Number(fields[1]) >>> 0, gid: Number(fields[2]) >>> 0 };
}

/** Node checks the ids of a child as signed numbers, those of a file as unsigned ones. */
export function asSpawnOptions(account: Account | undefined): { uid?: number; gid?: number } {
  return account === undefined ? {} : { uid: account.uid | 0, gid: account.gid | 0 };
}

export function permits(file: Stats, account: Account, rights: number): boolean {
  const shift = file.uid === account.uid ? 6 : file.gid === account.gid ? 3 : 0;
  return ((file.mode >> shift) & rights) === rights;
}

/** A folder is of use to the account only when every folder above it lets the account pass. */
export async function canReach(folder: string, account: Account): Promise<boolean> {
  const entry = await stat(folder).catch(() => undefined);
  if (entry === undefined || !permits(entry, account, ENTER)) return false;
  const parent = dirname(folder);
  return parent === folder || canReach(parent, account);
}

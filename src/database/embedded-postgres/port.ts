import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { replaceFile } from './cluster-files.js';

/** The port of the last start when it is still free, so that a URL someone noted down goes on working. */
export async function choosePort(portFile: string): Promise<number> {
  const last = Number(await readFile(portFile, 'utf8').catch(() => '0'));
  const usable = Number.isInteger(last) && last > 0 && last < 65_536;
  const port = (usable ? await freePort(last) : undefined) ?? (await freePort(0));
  if (port === undefined)
    throw new Error('No port can be opened on 127.0.0.1: set DATABASE_URL to a PostgreSQL elsewhere.');
  return port;
}

export async function rememberPort(portFile: string, port: number): Promise<void> {
  if ((await readFile(portFile, 'utf8').catch(() => '')).trim() === String(port)) return;
  await replaceFile(portFile, `${port}\n`, 0o644);
}

function freePort(wanted: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(undefined));
    probe.listen({ host: '127.0.0.1', port: wanted, exclusive: true }, () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' ? address?.port : undefined));
    });
  });
}

import { readFile } from 'node:fs/promises';
import { Client } from 'pg';
import { clusterFilesOf } from './cluster-files.js';
import { DATABASE } from './embedded-postgres.js';
import { USER } from './initdb.js';

/** URL of the embedded PostgreSQL that a relay is running in this folder, if one is. */
export async function findRunningPostgres(dataFolder: string): Promise<string | undefined> {
  const files = await clusterFilesOf(dataFolder);
  try {
    const port = (await readFile(files.port, 'utf8')).trim();
    const password = (await readFile(files.password, 'utf8')).trim();
    const url = `postgresql://${USER}:${password}@127.0.0.1:${port}/${DATABASE}`;
    const client = new Client({ connectionString: url, ssl: false });
    await client.connect();
    await client.end();
    return url;
  } catch {
    // No such files, nobody listens there, or another server does that does not know the password.
    return undefined;
  }
}

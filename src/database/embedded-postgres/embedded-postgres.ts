import type { ChildProcess } from 'node:child_process';
import { Client, type ClientConfig } from 'pg';
import { accountFor } from './account.js';
import { type ClusterFiles, clusterFilesOf } from './cluster-files.js';
import { clusterNameOf, preparedCluster } from './cluster.js';
import { USER } from './initdb.js';
import { takeOwnership } from './owner-lock.js';
import { choosePort, rememberPort } from './port.js';
import { postmasterSettings } from './postmaster-settings.js';
import { launchPostmaster } from './postmaster.js';
import { findPackage, type Programs, programsFor } from './programs.js';
import { endRemains, stopPostmaster } from './shutdown.js';
import { startFailure, withAdvice } from './start-failure.js';

export interface EmbeddedPostgres {
  /** Connection URL with user, password, address, port and database. */
  readonly url: string;
  /** Folder of the cluster; log, password and port lie beside it. */
  readonly dataFolder: string;
  /** Process id of the postmaster. */
  readonly pid: number;
  /** Ends connections, waits until the server is gone and gives the folder free. Also after the server was killed. */
  stop(): Promise<void>;
}

interface EmbeddedPostgresOptions {
  readonly dataFolder: string;
  readonly settings?: Record<string, string>;
  readonly onProgress?: (line: string) => void;
  readonly port?: number;
}

export const DATABASE = 'lethe';
const PORT_ATTEMPTS = 3;
// Said here, because pg would otherwise take them from the relay's environment.
const SERVER = { host: '127.0.0.1', user: USER, ssl: false, connectionTimeoutMillis: 10_000 };

export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  try {
    const packageFolder = await findPackage();
    const files = await clusterFilesOf(options.dataFolder);
    const release = await takeOwnership(files);
    try {
      return await startOwned(packageFolder, files, options, release);
    } catch (error) {
      await release();
      throw error;
    }
  } catch (error) {
    throw withAdvice(error, options.dataFolder);
  }
}

async function startOwned(
  packageFolder: string,
  files: ClusterFiles,
  options: EmbeddedPostgresOptions,
  release: () => Promise<void>,
): Promise<EmbeddedPostgres> {
  const onProgress = options.onProgress ?? (() => undefined);
  const account = await accountFor(files.cluster);
  const programs = await programsFor(packageFolder, files, account, onProgress);
  const password = await preparedCluster(files, programs.initdb, account, onProgress);
  const clusterName = await clusterNameOf(files.cluster);
  await endRemains(files.cluster, clusterName, programs, onProgress);
  const { child, port } = await launchOnPort(files, options.port, (candidate) =>
    launchPostmaster(
      programs,
      files,
      account,
      postmasterSettings(candidate, clusterName, options.settings ?? {}),
      onProgress,
    ),
  );
  const stop = stopperOf(child, programs, release);
  try {
    await rememberPort(files.port, port);
    await ensureDatabase({ ...SERVER, port, password });
  } catch (error) {
    await stop();
    throw startFailure(`The PostgreSQL in ${files.cluster} started but is of no use`, (error as Error).message, error);
  }
  const url = `postgresql://${USER}:${password}@127.0.0.1:${port}/${DATABASE}`;
  return { url, dataFolder: files.cluster, pid: pidOf(child), stop };
}

async function launchOnPort(
  files: ClusterFiles,
  wanted: number | undefined,
  launch: (port: number) => Promise<ChildProcess>,
): Promise<{ child: ChildProcess; port: number }> {
  for (let attempt = 1; ; attempt++) {
    const port = wanted ?? (await choosePort(files.port));
    try {
      return { child: await launch(port), port };
    } catch (error) {
      // Someone took the port between the look and the start.
      const taken = (error as Error).message.includes('Address already in use');
      if (!taken || wanted !== undefined || attempt === PORT_ATTEMPTS) throw error;
    }
  }
}

function stopperOf(child: ChildProcess, programs: Programs, release: () => Promise<void>): () => Promise<void> {
  const endWithRelay = () => void child.kill('SIGINT');
  // For a relay that ends itself without a proper goodbye; a killed one leaves the server to the next start.
  process.once('exit', endWithRelay);
  const stop = async () => {
    // A server that is gone may have had its number taken by another process.
    if (child.exitCode === null && child.signalCode === null) await stopPostmaster(pidOf(child), programs);
    process.off('exit', endWithRelay);
    await release();
  };
  let stopping: Promise<void> | undefined;
  return () => (stopping ??= stop());
}

function pidOf(child: ChildProcess): number {
  if (child.pid === undefined) throw new Error('PostgreSQL was not started.');
  return child.pid;
}

async function ensureDatabase(server: ClientConfig): Promise<void> {
  // Asked of the catalogue: trying to connect would leave an alarming line in the log of every first start.
  const client = new Client({ ...server, database: 'postgres' });
  await client.connect();
  try {
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [DATABASE]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${DATABASE}`);
  } finally {
    await client.end();
  }
}

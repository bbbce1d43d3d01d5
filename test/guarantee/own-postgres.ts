import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { clusterNameOf } from '../../src/database/embedded-postgres/cluster.js';
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../src/database/embedded-postgres/embedded-postgres.js';
import { isGoneWithin, runningProcesses, signal } from '../../src/database/embedded-postgres/processes.js';

/** The promise is about a PostgreSQL that writes before it answers. */
const DURABLE = { fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on', max_connections: '150' };

/** A PostgreSQL of one's own that can be stopped, killed with all its processes, and brought back at the same address. */
export class OwnPostgres {
  private constructor(
    private readonly dataFolder: string,
    private server: EmbeddedPostgres,
  ) {}

  static async start(dataFolder: string): Promise<OwnPostgres> {
    return new OwnPostgres(dataFolder, await startEmbeddedPostgres({ dataFolder, settings: DURABLE }));
  }

  get url(): string {
    return this.server.url;
  }

  get port(): number {
    return Number(new URL(this.url).port);
  }

  async pause(): Promise<void> {
    // The postmaster first: it then makes no more children.
    signal(this.server.pid, 'SIGSTOP');
    for (const pid of await this.children()) signal(pid, 'SIGSTOP');
  }

  async resume(): Promise<void> {
    for (const pid of [...(await this.children()), this.server.pid]) signal(pid, 'SIGCONT');
  }

  /** kill -9, of every process. */
  async kill(): Promise<void> {
    signal(this.server.pid, 'SIGSTOP');
    const pids = [this.server.pid, ...(await this.children())];
    for (const pid of pids) signal(pid, 'SIGKILL');
    for (const pid of pids) {
      if (!(await isGoneWithin(pid, 5_000))) throw new Error(`The PostgreSQL process ${pid} outlived its kill.`);
    }
    await rm(join(this.server.dataFolder, 'postmaster.pid'), { force: true });
    await this.server.stop();
  }

  async restart(): Promise<void> {
    const { dataFolder, port } = this;
    this.server = await startEmbeddedPostgres({ dataFolder, port, settings: DURABLE });
  }

  /** Straight to PostgreSQL, past the proxy. */
  async query<Row extends object>(sql: string, parameters: unknown[] = []): Promise<Row[]> {
    return this.connected(async (client) => (await client.query<Row>(sql, parameters)).rows);
  }

  async connected<T>(work: (client: Client) => Promise<T>, database?: string): Promise<T> {
    const client = new Client({ connectionString: this.urlOf(database) });
    client.on('error', () => undefined);
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.end();
    }
  }

  urlOf(database?: string): string {
    const url = new URL(this.url);
    if (database !== undefined) url.pathname = `/${database}`;
    return url.toString();
  }

  stop(): Promise<void> {
    return this.server.stop();
  }

  /** They carry the cluster's name in their titles; a newly made one still has its parent's arguments. */
  private async children(): Promise<number[]> {
    const name = await clusterNameOf(this.server.dataFolder);
    const ours = new RegExp(`(^| )cluster_name=${name}( |$)|^postgres: ${name}: `);
    const running = await runningProcesses();
    return running.flatMap(({ pid, command }) => (pid !== this.server.pid && ours.test(command) ? [pid] : []));
  }
}

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createPrivateKey, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import pg from 'pg';
import { findRunningPostgres } from '../src/database/embedded-postgres/running-postgres.js';
import { parentOf } from './process-cpu.js';

const project = join(import.meta.dirname, '..');
const STOPS_WITHIN_MS = 20_000;

/** A relay as `npm start` runs it, with its own embedded PostgreSQL unless it shares that of another. */
export class RelayUnderTest {
  private constructor(
    private readonly child: ChildProcess,
    private readonly folder: string,
    readonly url: string,
    readonly databaseUrl: string,
    readonly database: pg.Pool,
    /** The process all others of PostgreSQL descend from. */
    readonly postgresPid: number,
    readonly startedInMs: number,
    private readonly beside: RelayUnderTest | undefined,
  ) {}

  static build(): void {
    const { status } = spawnSync(process.execPath, [join(project, 'scripts/build.mjs'), '--if-needed'], {
      stdio: 'inherit',
    });
    if (status !== 0) throw new Error('The relay does not compile.');
  }

  static async start(settings: Record<string, string> = {}, beside?: RelayUnderTest): Promise<RelayUnderTest> {
    RelayUnderTest.build();
    const folder = beside?.folder ?? (await mkdtemp(join(tmpdir(), 'lethe-bench-')));
    const began = performance.now();
    const child = spawn(process.execPath, [join(project, 'dist/src/main.js')], {
      cwd: folder,
      env: {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        PORT: '0',
        LETHE_HOST: '127.0.0.1',
        LETHE_DATA: folder,
        LETHE_LIMIT_SCALE: '1000000',
        LETHE_LOG_LEVEL: 'warn',
        LETHE_DRAIN_MS: '0',
        ...(beside && { DATABASE_URL: beside.databaseUrl }),
        ...settings,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const url = await addressSaid(child);
    const startedInMs = performance.now() - began;
    const databaseUrl =
      beside?.databaseUrl ?? settings.DATABASE_URL ?? (await findRunningPostgres(join(folder, 'postgres')));
    if (databaseUrl === undefined) throw new Error('The relay runs, but its PostgreSQL cannot be found.');
    const database = new pg.Pool({ connectionString: databaseUrl, max: 4 });
    const { rows } = await database.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    const postgresPid = parentOf(rows[0]!.pid) ?? 0;
    return new RelayUnderTest(child, folder, url, databaseUrl, database, postgresPid, startedInMs, beside);
  }

  get pid(): number {
    if (this.child.pid === undefined) throw new Error('The relay was not started.');
    return this.child.pid;
  }

  get socketUrl(): string {
    return `${this.url.replace('http', 'ws')}/graphql`;
  }

  /** With it a bench signs the access tokens of thousands, for whom logging in would take an hour of hashing. */
  get signingKey(): KeyObject {
    return createPrivateKey(readFileSync(join(this.folder, 'signing-key.pem'), 'utf8'));
  }

  async kill(): Promise<void> {
    const exited = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await exited;
    await this.database.end();
  }

  async stop(): Promise<void> {
    await this.database.end();
    const exited = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    const giveUp = setTimeout(() => this.child.kill('SIGKILL'), STOPS_WITHIN_MS);
    await exited;
    clearTimeout(giveUp);
    if (!this.beside) await rm(this.folder, { recursive: true, force: true, maxRetries: 10 });
  }
}

function addressSaid(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`The relay ended with ${code} instead of starting.`)));
    createInterface(child.stdout!).on('line', (line) => {
      const [, url] = /is running on (\S+)\/graphql/.exec(line) ?? [];
      if (url !== undefined) resolve(url);
    });
  });
}

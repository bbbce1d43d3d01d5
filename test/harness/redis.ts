import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Redis } from 'ioredis';
import { describeWith } from './describe-with.js';
import { freePort } from './free-port.js';
import { within } from './within.js';

/** A Redis of one's own, on a port of its own, that keeps nothing. */
export interface TestRedis {
  readonly url: string;
  /** Changes with every restart. */
  readonly pid: number;
  /** As a crash: it answers nobody any more. */
  kill(): Promise<void>;
  /** Comes back empty, at the same address. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export async function startRedis(): Promise<TestRedis> {
  let port = await freePort();
  let server = await started(port);
  // A free port may be somebody else's by the time it is taken: then theirs answered.
  while (server.exitCode !== null) server = await started((port = await freePort()));
  const end = async (signal: NodeJS.Signals) => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const exited = once(server, 'exit');
    server.kill(signal);
    await exited;
  };
  return {
    url: `redis://127.0.0.1:${port}`,
    get pid() {
      return server.pid as number;
    },
    kill: () => end('SIGKILL'),
    async restart() {
      await end('SIGKILL');
      server = await started(port);
    },
    stop: () => end('SIGKILL'),
  };
}

export function redisAvailable(): boolean {
  try {
    execFileSync('redis-server', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

export function describeWithRedis(name: string, stories: () => void): void {
  describeWith(
    { what: 'a redis-server on the PATH', isThere: redisAvailable(), requiredBy: 'LETHE_REQUIRE_REDIS' },
    name,
    stories,
  );
}

async function started(port: number): Promise<ChildProcess> {
  const settings = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  const server = spawn('redis-server', settings, { stdio: 'ignore' });
  const end = () => server.kill('SIGKILL');
  process.once('exit', end);
  server.once('exit', () => process.off('exit', end));
  const client = new Redis(port, '127.0.0.1', { retryStrategy: () => 20, maxRetriesPerRequest: null });
  client.on('error', () => undefined);
  try {
    await within(
      10_000,
      async () => server.exitCode !== null || (await client.info('server')).includes(`process_id:${server.pid}\r`),
    );
  } finally {
    client.disconnect();
  }
  return server;
}

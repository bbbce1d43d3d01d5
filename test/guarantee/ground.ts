import { chmod, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startRedis, type TestRedis } from '../harness/redis.js';
import { DatabaseProxy } from './database-proxy.js';
import { OwnPostgres } from './own-postgres.js';

/** What servers stand on: a PostgreSQL, the proxy before it, and a Redis, all of one's own. */
export interface Ground {
  readonly folder: string;
  readonly postgres: OwnPostgres;
  readonly proxy: DatabaseProxy;
  readonly redis: TestRedis;
  stop(): Promise<void>;
}

export async function layGround(): Promise<Ground> {
  // The name of the test run's own folders: what a killed run leaves behind, the next one finds and removes.
  const folder = await mkdtemp(join(await realpath(tmpdir()), `lethe-tests-${process.pid}-`));
  await chmod(folder, 0o755);
  const postgres = await OwnPostgres.start(join(folder, 'postgres'));
  const proxy = await DatabaseProxy.to(postgres.port);
  const redis = await startRedis();
  return {
    folder,
    postgres,
    proxy,
    redis,
    async stop() {
      proxy.stop();
      await redis.stop();
      await postgres.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DataSource } from 'typeorm';
import { createApp } from '../../src/app.js';
import { Clock } from '../../src/config/clock.js';
import { readSettings } from '../../src/config/settings.js';
import { freshDatabase } from './postgres-for-tests.js';

/** Time that tests move by hand; it starts at the real one and goes on with it. */
export class TestClock extends Clock {
  private ahead = 0;

  override now(): Date {
    return new Date(Date.now() + this.ahead);
  }

  override elapsed(): number {
    return performance.now() + this.ahead;
  }

  advance({ days = 0, hours = 0, minutes = 0, seconds = 0 }): void {
    this.ahead += (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000;
  }
}

/** One running relay process (inside this one) for a story. */
export interface TestRelay {
  readonly app: NestFastifyApplication;
  readonly url: string;
  readonly databaseUrl: string;
  readonly dataFolder: string;
  readonly clock: TestClock;
  /** Rows of the relay's own database. */
  rows<T extends object>(sql: string, parameters?: unknown[]): Promise<T[]>;
  stop(): Promise<void>;
}

export interface TestRelayOptions {
  /** Settings beside the defaults of tests. */
  env?: Record<string, string>;
  /** Share the database (and data folder, so the secrets) of another relay: a second process of the same deployment. */
  beside?: TestRelay;
}

export async function startRelay({ env = {}, beside }: TestRelayOptions = {}): Promise<TestRelay> {
  const database = beside ? { url: beside.databaseUrl, drop: () => Promise.resolve() } : await freshDatabase();
  const dataFolder = beside?.dataFolder ?? mkdtempSync(join(tmpdir(), 'lethe-test-'));
  const clock = beside?.clock ?? new TestClock();
  const settings = readSettings({
    NODE_ENV: 'test',
    PORT: '0',
    LETHE_HOST: '127.0.0.1',
    LETHE_DATA: dataFolder,
    LETHE_LIMIT_SCALE: '1000',
    LETHE_LOG_LEVEL: 'silent',
    LETHE_DRAIN_MS: '0',
    LETHE_CHORES: 'false',
    ...env,
  });
  const app = await createApp(settings, database.url, clock);
  await app.listen(settings.PORT, settings.LETHE_HOST);
  return {
    app,
    url: await app.getUrl(),
    databaseUrl: database.url,
    dataFolder,
    clock,
    rows: (sql, parameters) => app.get(DataSource).query(sql, parameters),
    async stop() {
      await app.close();
      await database.drop();
      if (!beside) rmSync(dataFolder, { recursive: true, force: true });
    },
  };
}

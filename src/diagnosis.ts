import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Redis } from 'ioredis';
import pg from 'pg';
import { diagnoseStore, roomFault } from './attachments/store-diagnosis.js';
import { Clock } from './config/clock.js';
import { readSecrets } from './config/secrets.js';
import { parseSettings, type Settings, SettingsError } from './config/settings.js';
import { settingsChecks } from './config/settings-checks.table.js';
import { sessionTimeouts } from './database/data-source-options.js';
import { databaseChecks } from './database/database-checks.table.js';
import { findRunningPostgres } from './database/embedded-postgres/running-postgres.js';
import { redisChecks, redisFacts } from './redis/redis-checks.table.js';
import { faultInWords } from './start-failure.js';

export interface Finding {
  /** `note`: worth knowing, and no reason to be worried. */
  verdict: 'ok' | 'not ok' | 'note';
  /** What was looked at. */
  name: string;
  /** What is wrong and what to do. */
  fault?: string;
}

const finding = (name: string, fault: string | undefined, otherwise: 'not ok' | 'note' = 'not ok'): Finding =>
  fault === undefined ? { verdict: 'ok', name } : { verdict: otherwise, name, fault };

/** Everything that can be said of a deployment from this machine, with these settings. */
export async function* diagnose(environment: NodeJS.ProcessEnv): AsyncGenerator<Finding> {
  const { settings, faults } = parseSettings(environment);
  if (!settings) return yield* faults.map((fault) => finding('the settings can be read', fault));
  yield finding('the settings can be read', undefined);
  yield* ofSettings(settings, environment);
  yield await ofDisk(settings);
  for (const [name, fault] of await diagnoseStore(settings)) yield finding(name, fault);
  yield* ofDatabase(settings);
  yield* ofRedis(settings);
}

function* ofSettings(settings: Settings, environment: NodeJS.ProcessEnv): Generator<Finding> {
  const production = settings.NODE_ENV === 'production';
  for (const { name, faults } of settingsChecks) {
    const found = faults(settings, environment).filter((fault) => fault !== undefined);
    if (found.length === 0) yield finding(name, undefined);
    // Elsewhere it starts all the same; whoever goes on to production knows what is to come.
    for (const fault of found)
      yield production ? finding(name, fault) : finding(name, `only production refuses: ${fault}`, 'note');
  }
  if (settings.LETHE_SIGNING_KEY !== undefined) yield finding('LETHE_SIGNING_KEY can sign', signingFault(settings));
}

/** Reads the secrets as a start would, but makes none: a doctor leaves nothing behind. */
function signingFault(settings: Settings): string | undefined {
  const given = 'given, so that none is made';
  try {
    readSecrets({ ...settings, LETHE_SERVER_KEY: given, LETHE_EMAIL_PEPPER: given });
    return undefined;
  } catch (error) {
    return error instanceof SettingsError ? error.faults.join('; ') : faultInWords(error);
  }
}

async function ofDisk({ LETHE_DATA }: Settings): Promise<Finding> {
  const name = 'there is room on the disk of LETHE_DATA';
  let folder = LETHE_DATA;
  while (!existsSync(folder)) folder = dirname(folder);
  return finding(name, await roomFault(folder));
}

async function* ofDatabase({ DATABASE_URL, LETHE_DATA }: Settings): AsyncGenerator<Finding> {
  const folder = join(LETHE_DATA, 'postgres');
  const url = DATABASE_URL ?? (existsSync(folder) ? await findRunningPostgres(folder) : undefined);
  if (url === undefined) {
    yield finding('PostgreSQL answers', 'the embedded one runs with the relay; start that to look at it', 'note');
    return;
  }
  const database = new pg.Pool({ connectionString: url, max: 1, ...sessionTimeouts, application_name: 'lethe doctor' });
  database.on('error', () => undefined);
  try {
    const { rows } = await database.query<{ version: string }>(`SELECT current_setting('server_version') AS version`);
    yield finding(`PostgreSQL answers (${rows[0]?.version ?? ''})`, undefined);
    for (const { name, weight, fault } of databaseChecks)
      yield finding(name, await fault(database, new Clock()), weight === 'advice' ? 'note' : 'not ok');
  } catch (error) {
    yield finding('PostgreSQL answers', faultInWords(error));
  } finally {
    await database.end();
  }
}

async function* ofRedis({ REDIS_URL }: Settings): AsyncGenerator<Finding> {
  if (REDIS_URL === undefined) {
    yield finding('Redis answers', 'REDIS_URL is not set; a second process would hear of news within a second', 'note');
    return;
  }
  const redis = new Redis(REDIS_URL, { lazyConnect: true, connectTimeout: 3_000, retryStrategy: () => null });
  let told = '';
  redis.on('error', (error: NodeJS.ErrnoException) => (told = error.code ?? error.message));
  try {
    await redis.connect();
    const facts = await redisFacts(redis);
    yield finding(`Redis answers (${facts.redis_version ?? 'version unknown'})`, undefined);
    for (const { name, fault } of redisChecks) yield finding(name, fault(facts));
  } catch (error) {
    yield finding(
      'Redis answers',
      `it cannot be reached; start it, or correct REDIS_URL (${told || (error as Error).message})`,
    );
  } finally {
    redis.disconnect();
  }
}

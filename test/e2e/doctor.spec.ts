import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import pg from 'pg';
import { databaseChecks } from '../../src/database/database-checks.table.js';
import { Canaries } from '../harness/canaries/canaries.js';
import { freePort } from '../harness/free-port.js';
import { command } from '../harness/operator-command.js';
import { freshDatabase } from '../harness/postgres-for-tests.js';
import { productionSettings } from '../harness/production.js';
import { describeWithRedis, startRedis, type TestRedis } from '../harness/redis.js';
import { buildRelay } from '../harness/relay-process.js';
import { TestClock } from '../harness/relay.js';
import { startS3 } from '../harness/s3.js';

let folder: string;
let database: { url: string; drop: () => Promise<void> };

beforeAll(buildRelay, 120_000);
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lethe-doctor-'));
  database = await freshDatabase();
});
afterAll(async () => {
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
});

const visits = (settings: Record<string, string>) => command('doctor', { LETHE_DATA: folder, ...settings });
const linesOf = (output: string, verdict: string) =>
  output.split('\n').filter((line) => line.startsWith(`${verdict}  `));

describeWithRedis('the doctor', () => {
  let redis: TestRedis;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());

  it('finds nothing wrong with a deployment that is well', async () => {
    const said = await visits({ ...productionSettings(), DATABASE_URL: database.url, REDIS_URL: redis.url });
    expect([said.code, said.errors, linesOf(said.output, 'not ok')]).toEqual([0, '', []]);
    for (const name of [
      'PostgreSQL answers (',
      'the schema is that of this version',
      'the clocks agree',
      'Redis answers (',
    ])
      expect(said.output).toContain(`ok      ${name}`);
    expect(said.output).toContain('All is well.');
  });

  it('names each thing that is not well, what to do, and no secret', async () => {
    const canaries = new Canaries();
    const client = new Redis(redis.url);
    await client.config('SET', 'maxmemory-policy', 'allkeys-lru');
    client.disconnect();
    const name = new URL(database.url).pathname.slice(1);
    await asks(`ALTER DATABASE ${name} SET synchronous_commit = off`, `DELETE FROM migrations WHERE name ~ '2$'`);

    const word = canaries.word('a weak secret');
    const said = await visits({
      ...productionSettings(),
      DATABASE_URL: database.url,
      REDIS_URL: redis.url,
      LETHE_SERVER_KEY: word.repeat(3),
      LETHE_EMAIL_PEPPER: '',
      LETHE_SIGNING_KEY: canaries.word('no signing key'),
      LETHE_INSECURE_REDIS: 'false',
    });

    expect(said.code).toBe(1);
    const unwell = linesOf(said.output, 'not ok').join('\n');
    for (const expected of [
      /secrets are hard to guess: LETHE_SERVER_KEY repeats itself; `openssl/,
      /LETHE_EMAIL_PEPPER must be set/,
      /LETHE_SIGNING_KEY: not a P-256 private key/,
      /REDIS_URL: the way there is not encrypted/,
      /synchronous_commit = off/,
      /1 of \d+ migrations are to come/,
      /allkeys-lru/,
    ])
      expect(unwell).toMatch(expected);
    expect(canaries.foundIn(said.output + said.errors)).toEqual([]);
  });
});

it('says what cannot be reached', async () => {
  const port = await freePort();
  const said = await visits({
    ...productionSettings(),
    DATABASE_URL: `postgres://lethe:Ahb7eeQu4oth@127.0.0.1:${port}/lethe`,
    REDIS_URL: `redis://:Ahb7eeQu4oth@127.0.0.1:${port}`,
  });
  expect(said.code).toBe(1);
  expect(said.output).toMatch(/^not ok {2}PostgreSQL answers: PostgreSQL cannot be reached/m);
  expect(said.output).toMatch(/^not ok {2}Redis answers: it cannot be reached/m);
  expect(said.output).not.toContain('Ahb7eeQu4oth');
});

describe('the store of encrypted files', () => {
  const lookedAt = async (settings: Record<string, string>) => {
    const { output } = await visits(settings);
    return output.split('\n').filter((line) => line.includes('encrypted files'));
  };

  it('is well in S3, and keeps nothing of the visit', async () => {
    const s3 = await startS3();
    expect(await lookedAt(s3.env)).toEqual(['ok      the S3 bucket for encrypted files can be used']);
    expect(await s3.objects()).toEqual([]);
    await s3.stop();
  });

  it('is not well where there is no bucket, the key is another, or nobody answers; and no bucket is made', async () => {
    const [open, closed] = [await startS3({ bucket: false }), await startS3()];
    for (let visit = 1; visit <= 2; visit++)
      expect(await lookedAt(open.env)).toEqual([
        expect.stringMatching(/^not ok {2}the S3 bucket .*: there is no bucket encrypted-files; make it, or let/),
      ]);
    const secret = new Canaries().word('a wrong key');
    const [refused] = await lookedAt({ ...closed.env, LETHE_S3_SECRET_ACCESS_KEY: secret });
    expect(refused).toMatch(/^not ok {2}the S3 bucket .*: it refuses \(403\); correct LETHE_S3_ACCESS_KEY_ID/);
    expect(refused).not.toContain(secret);
    await Promise.all([open.stop(), closed.stop()]);
    const [away] = await lookedAt(closed.env);
    expect(away).toMatch(/^not ok {2}the S3 bucket .*: it cannot be reached; start it, or correct LETHE_S3_ENDPOINT/);
  });

  it('is well on disk where files can be written, and keeps nothing of the visit', async () => {
    const data = mkdtempSync(join(tmpdir(), 'lethe-doctor-'));
    expect(await lookedAt({ LETHE_DATA: data })).toEqual([
      'ok      the folder for encrypted files can be written to',
      'ok      there is room for encrypted files',
    ]);
    expect(readdirSync(data)).toEqual([]);
    writeFileSync(join(data, 'attachments'), 'a file where a folder belongs');
    const [unwell] = await lookedAt({ LETHE_DATA: data });
    expect(unwell).toMatch(/^not ok {2}the folder for .*attachments does not take a file \(ENOTDIR\); let the user/);
    rmSync(data, { recursive: true });
  });
});

it('says which settings cannot be read', async () => {
  const said = await visits({ PORT: 'eighty' });
  expect([said.code, said.output]).toEqual([1, expect.stringMatching(/^not ok {2}the settings can be read: PORT: /)]);
});

it('notes while one develops what production would refuse, and makes no secrets', async () => {
  const empty = mkdtempSync(join(tmpdir(), 'lethe-doctor-'));
  const said = await command('doctor', { LETHE_DATA: empty });
  expect([said.code, linesOf(said.output, 'not ok')]).toEqual([0, []]);
  expect(said.output).toContain('note    what production needs is set: only production refuses: DATABASE_URL');
  expect(readdirSync(empty)).toEqual([]);
  rmSync(empty, { recursive: true });
});

it('notices that clocks are apart', async () => {
  const clock = new TestClock();
  const pool = new pg.Pool({ connectionString: database.url, max: 1 });
  const skew = () => databaseChecks.find(({ name }) => name === 'the clocks agree')?.fault(pool, clock);
  expect(await skew()).toBeUndefined();
  clock.advance({ seconds: 30 });
  expect(await skew()).toMatch(/are (29|30) s apart/);
  await pool.end();
});

async function asks(...statements: string[]): Promise<void> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  for (const sql of statements) await client.query(sql);
  await client.end();
}

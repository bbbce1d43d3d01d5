import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { createApp } from '../../src/app.js';
import { readSettings } from '../../src/config/read-settings.js';
import { SettingsError } from '../../src/config/settings.js';
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../src/database/embedded-postgres/embedded-postgres.js';
import { read } from '../contract/sources.js';
import { freshDatabase } from '../harness/postgres-for-tests.js';
import { productionSettings } from '../harness/production.js';

const safe = productionSettings();

/** What a production start says to these settings; nothing when it has nothing against them. */
function refusalOf(settings: Record<string, string>): string[] {
  try {
    readSettings({ ...safe, ...settings });
    return [];
  } catch (error) {
    if (error instanceof SettingsError) return error.faults;
    throw error;
  }
}

const withTls = 'postgres://lethe:Ahb7eeQu4oth@db.internal/lethe?sslmode=verify-full';
const ways = { LETHE_INSECURE_DATABASE: 'false', LETHE_INSECURE_REDIS: 'false', DATABASE_URL: withTls };

it('starts with good secrets and encrypted ways, and with open ones where that is said', () => {
  expect(refusalOf({})).toEqual([]);
  expect(refusalOf({ ...ways, REDIS_URL: 'rediss://redis.internal:6379' })).toEqual([]);
  expect(refusalOf({ REDIS_URL: 'redis://redis.internal:6379' })).toEqual([]);
});

it.each([
  ['unset', undefined, 'must be set in production'],
  ['short', 'x7Kp', 'needs at least 32 characters'],
  ['one character', 'a'.repeat(64), 'repeats itself'],
  ['a few characters', '0110100110010110100101100110100101', 'too few characters'],
  ['a word again and again', 'drowssap1'.repeat(5), 'repeats itself'],
  ['what stands in an example', 'change-me-change-me-change-me-0987', 'reads like an example'],
  ['an example in base64', Buffer.from('this is my very own key for it').toString('base64'), 'reads like an example'],
  ['the alphabet', 'abcdefghijklmnopqrstuvwxyz0123456789', 'counts up'],
])('refuses a secret that is %s', (_, secret, why) => {
  for (const name of ['LETHE_SERVER_KEY', 'LETHE_EMAIL_PEPPER']) {
    const said = refusalOf({ [name]: secret as string });
    expect(said).toEqual([expect.stringMatching(new RegExp(`^${name}.*${why}`))]);
    if (secret !== undefined) expect(said.join()).not.toContain(secret);
  }
});

it.each(['LETHE_TOTP_KEY', 'LETHE_PREVIOUS_TOTP_KEY', 'LETHE_PREVIOUS_EMAIL_PEPPER', 'LETHE_METRICS_TOKEN'])(
  'refuses a weak %s, too',
  (name) => expect(refusalOf({ [name]: '12'.repeat(20) })).toEqual([expect.stringContaining(name)]),
);

it('refuses one secret for two purposes', () => {
  const [said] = refusalOf({ LETHE_EMAIL_PEPPER: safe.LETHE_SERVER_KEY ?? '' });
  expect(said).toMatch(/LETHE_SERVER_KEY and LETHE_EMAIL_PEPPER are the same/);
});

it('has nothing against secrets as `openssl rand` makes them', () => {
  for (let n = 0; n < 500; n++)
    for (const form of ['base64', 'hex'] as const)
      expect(refusalOf({ LETHE_SERVER_KEY: randomBytes(32).toString(form) })).toEqual([]);
});

it.each([
  ['no TLS', 'postgres://lethe:Ahb7eeQu4oth@db.internal/lethe', 'is not encrypted'],
  ['TLS turned off', 'postgres://lethe:Ahb7eeQu4oth@db.internal/lethe?sslmode=disable', 'is not encrypted'],
  ['TLS with anybody', 'postgres://lethe:Ahb7eeQu4oth@db.internal/lethe?sslmode=no-verify', 'for whoever answers'],
  [
    'TLS with anybody, as libpq would',
    'postgres://lethe:Ahb7eeQu4oth@db.internal/lethe?uselibpqcompat=true&sslmode=require',
    'for whoever answers',
  ],
  ['a certificate that is not there', `${withTls}&sslrootcert=/nowhere/ca.pem`, 'cannot be read'],
])('refuses a way to PostgreSQL with %s', (_, DATABASE_URL, why) => {
  const said = refusalOf({ ...ways, DATABASE_URL });
  expect(said).toEqual([expect.stringContaining(why)]);
  expect(said.join()).toContain('DATABASE_URL');
  expect(said.join()).not.toContain('Ahb7eeQu4oth');
});

it.each(['verify-full', 'require'])('takes sslmode=%s, which pg verifies', (mode) => {
  expect(refusalOf({ ...ways, DATABASE_URL: withTls.replace('verify-full', mode) })).toEqual([]);
});

it('takes a socket in the file system, which does not leave the machine', () => {
  expect(refusalOf({ ...ways, DATABASE_URL: 'postgres:///lethe?host=/run/postgresql' })).toEqual([]);
});

it.each([
  ['a way to Redis without TLS', { ...ways, REDIS_URL: 'redis://redis.internal:6379' }, /REDIS_URL.*rediss:/],
  ['certificates that nobody verifies', { NODE_TLS_REJECT_UNAUTHORIZED: '0' }, /NODE_TLS_REJECT_UNAUTHORIZED/],
  ['proxies that are everybody', { LETHE_TRUSTED_PROXIES: '10.0.0.0/8, 0.0.0.0/0' }, /LETHE_TRUSTED_PROXIES/],
  ['proxies that are everybody by IPv6', { LETHE_TRUSTED_PROXIES: '::/0' }, /LETHE_TRUSTED_PROXIES/],
  ['limits that are none', { LETHE_LIMIT_SCALE: '10' }, /LETHE_LIMIT_SCALE_IN_PRODUCTION/],
  ['the name of the user as password', { DATABASE_URL: withTls.replace('Ahb7eeQu4oth', 'lethe') }, /DATABASE_URL/],
])('refuses %s', (_, settings, said) => {
  expect(refusalOf(settings as unknown as Record<string, string>)).toEqual([expect.stringMatching(said)]);
});

it('takes private networks as proxies', () => {
  expect(refusalOf({ LETHE_TRUSTED_PROXIES: '10.0.0.0/8, 172.16.0.0/12, fc00::/7, 192.0.2.1' })).toEqual([]);
});

it('refuses every secret that stands in a file of the project', () => {
  const shown = ['.env.example', 'docker-compose.yml', 'docs/configuration.md', 'docs/operating.md', 'README.md']
    .flatMap((path) => [
      ...read(path).matchAll(/LETHE_(?:SERVER_KEY|EMAIL_PEPPER|TOTP_KEY|METRICS_TOKEN)[=:]\s*(\S+)/g),
    ])
    .map(([, secret = '']) => secret)
    .filter((secret) => !/^[$`]/.test(secret));
  const passwords = [...read('docker-compose.yml').matchAll(/postgres:\/\/\S+/g)].map(([url]) => url);

  expect(passwords).not.toEqual([]);
  expect(shown.filter((secret) => refusalOf({ LETHE_SERVER_KEY: secret }).length === 0)).toEqual([]);
  expect(passwords.filter((DATABASE_URL) => refusalOf({ DATABASE_URL }).length === 0)).toEqual([]);
});

describe('a database', () => {
  const starts = (databaseUrl: string, settings = {}) =>
    createApp(readSettings({ ...safe, LETHE_LOG_LEVEL: 'silent', ...settings }), databaseUrl).then((app) =>
      app.close(),
    );

  it('that answers before it has written is refused', async () => {
    const database = await freshDatabase();
    await expect(starts(database.url)).resolves.toBeUndefined();
    await asks(database.url, `ALTER DATABASE ${new URL(database.url).pathname.slice(1)} SET synchronous_commit = off`);
    await expect(starts(database.url)).rejects.toThrow('synchronous_commit = off');
    await database.drop();
  });

  describe('with TLS, and careless with its disk', () => {
    let folder: string;
    let postgres: EmbeddedPostgres;
    let url: string;

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'lethe-tls-'));
      chmodSync(folder, 0o755);
      const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
      const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1'];
      const made = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', key, '-out', certificate];
      execFileSync('openssl', [...made, ...subject], { stdio: 'ignore' });
      chmodSync(key, 0o600);
      // PostgreSQL does not run as root, and wants the key for itself.
      if (process.getuid?.() === 0) for (const file of [key, certificate]) chownSync(file, 65_534, 65_534);
      const settings = { ssl: 'on', ssl_cert_file: certificate, ssl_key_file: key };
      postgres = await startEmbeddedPostgres({
        dataFolder: join(folder, 'postgres'),
        settings: { ...settings, fsync: 'off', full_page_writes: 'off' },
      });
      url = `${postgres.url}?sslmode=verify-full&sslrootcert=${certificate}`;
    }, 120_000);
    afterAll(async () => {
      await postgres.stop();
      rmSync(folder, { recursive: true, force: true });
    });

    it('is talked to over TLS by every connection', async () => {
      const settings = readSettings({ NODE_ENV: 'test', LETHE_DATA: folder, LETHE_LOG_LEVEL: 'silent' });
      const app = await createApp(settings, url);
      await app.init();
      const rows = await asks(
        url,
        `SELECT DISTINCT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name LIKE 'lethe%'`,
      );
      await app.close();
      expect(rows).toEqual([{ ssl: true }]);
    });

    it('is refused for what it may lose, without any word on the way to it', async () => {
      const refusal: unknown = await starts(url, { ...ways, DATABASE_URL: url }).catch((error: unknown) => error);
      expect((refusal as SettingsError).faults).toEqual([
        expect.stringContaining('fsync = off'),
        expect.stringContaining('full_page_writes = off'),
      ]);
    });
  });
});

async function asks(connectionString: string, sql: string): Promise<object[]> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  return client
    .query<object>(sql)
    .then(({ rows }) => rows)
    .finally(() => client.end());
}

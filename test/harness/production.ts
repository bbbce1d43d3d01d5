import { generateKeyPairSync } from 'node:crypto';

/** What a production start needs, in the place of a test's database. */
export function productionSettings(): Record<string, string> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    NODE_ENV: 'production',
    LETHE_LIMIT_SCALE: '1',
    DATABASE_URL: 'postgres://ignored/here',
    LETHE_SIGNING_KEY: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    LETHE_SERVER_KEY: 's'.repeat(40),
    LETHE_EMAIL_PEPPER: 'e'.repeat(40),
  };
}

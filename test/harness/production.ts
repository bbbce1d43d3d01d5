import { generateKeyPairSync, randomBytes } from 'node:crypto';

/** What production needs to start, each secret as good as can be; the ways are inside one machine. */
export function productionSettings(): Record<string, string> {
  const secret = () => randomBytes(32).toString('base64');
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    NODE_ENV: 'production',
    LETHE_PUBLIC_URL: 'https://relay.example',
    LETHE_LIMIT_SCALE: '1',
    DATABASE_URL: 'postgres://unused/here',
    LETHE_SIGNING_KEY: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    LETHE_SERVER_KEY: secret(),
    LETHE_EMAIL_PEPPER: secret(),
    LETHE_INSECURE_DATABASE: 'true',
    LETHE_INSECURE_REDIS: 'true',
  };
}

import { randomBytes } from 'node:crypto';
import { readSettings } from './read-settings.js';

const secret = () => randomBytes(32).toString('base64');

const production = {
  NODE_ENV: 'production',
  DATABASE_URL: 'postgres://database/lethe',
  LETHE_INSECURE_DATABASE: 'true',
  LETHE_SIGNING_KEY: 'key',
  LETHE_SERVER_KEY: secret(),
  LETHE_EMAIL_PEPPER: secret(),
};
const s3 = {
  LETHE_S3_BUCKET: 'files',
  LETHE_S3_ACCESS_KEY_ID: 'id',
  LETHE_S3_SECRET_ACCESS_KEY: randomBytes(30).toString('base64'),
};

const faults = (environment: Record<string, string>): string => {
  try {
    readSettings(environment);
    return '';
  } catch (error) {
    return (error as Error).message;
  }
};

describe('the settings of files', () => {
  it('need nothing while one develops', () => {
    expect(faults({})).toBe('');
    expect(faults({ ...s3, LETHE_S3_ENDPOINT: 'http://127.0.0.1:9000' })).toBe('');
  });

  it('make a whole store or none', () => {
    expect(faults({ LETHE_S3_ENDPOINT: 'http://127.0.0.1:9000' })).toMatch(/LETHE_S3_ENDPOINT .* LETHE_S3_BUCKET/);
    expect(faults({ LETHE_S3_BUCKET: 'files', LETHE_S3_ACCESS_KEY_ID: 'id' })).toMatch(/set both or neither/);
    expect(faults({ LETHE_S3_BUCKET: 'files', LETHE_S3_SECRET_ACCESS_KEY: 'secret' })).toMatch(/set both or neither/);
    expect(faults({ LETHE_S3_BUCKET: 'files' })).toBe('');
  });

  it('are safe in production, or the start says what is not', () => {
    expect(faults(production)).toMatch(/LETHE_PUBLIC_URL must be set in production/);
    expect(faults({ ...production, LETHE_PUBLIC_URL: 'https://relay.example' })).toBe('');
    expect(faults({ ...production, ...s3 })).toBe('');
    const plain = { ...production, ...s3, LETHE_S3_ENDPOINT: 'http://s3', LETHE_S3_PUBLIC_ENDPOINT: 'http://files' };
    expect(faults(plain)).toMatch(/LETHE_S3_ENDPOINT is without TLS[^]*LETHE_S3_PUBLIC_ENDPOINT is without TLS/);
    expect(faults({ ...plain, LETHE_INSECURE_S3: 'true' })).toBe('');
  });
});

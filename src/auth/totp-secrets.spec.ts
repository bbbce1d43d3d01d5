import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSecrets } from '../config/secrets.js';
import { readSettings } from '../config/read-settings.js';
import { TotpSecrets } from './totp-secrets.js';

const folder = mkdtempSync(join(tmpdir(), 'lethe-totp-'));
afterAll(() => rmSync(folder, { recursive: true }));

const secrets = (env: Record<string, string> = {}) =>
  new TotpSecrets(readSecrets(readSettings({ LETHE_DATA: folder, ...env })));

const first = { LETHE_TOTP_KEY: 'the first key of authenticator secrets', LETHE_TOTP_KEY_VERSION: '2' };
const second = {
  LETHE_TOTP_KEY: 'the second key of authenticator secrets',
  LETHE_TOTP_KEY_VERSION: '3',
  LETHE_PREVIOUS_TOTP_KEY: first.LETHE_TOTP_KEY,
};
const secret = Buffer.from('12345678901234567890');

it('is opened for the account it was sealed for, and no other', () => {
  const sealed = secrets().seal('alice', secret);
  expect(sealed.totpSecret.includes(secret)).toBe(false);
  expect(secrets().open('alice', sealed)).toEqual(secret);
  expect(() => secrets().open('bob', sealed)).toThrow();
});

it('is not opened when a bit of it was changed', () => {
  const sealed = secrets().seal('alice', secret);
  for (const place of [0, 20, sealed.totpSecret.length - 1]) {
    const changed = Buffer.from(sealed.totpSecret);
    changed.writeUInt8(changed.readUInt8(place) ^ 1, place);
    expect(() => secrets().open('alice', { ...sealed, totpSecret: changed })).toThrow();
  }
});

it('stays readable when the key changes, once and again', () => {
  const fromServerKey = secrets().seal('alice', secret);
  expect(secrets(first).open('alice', fromServerKey)).toEqual(secret);
  expect(secrets(first).isCurrent(fromServerKey)).toBe(false);

  const fromFirst = secrets(first).seal('alice', secret);
  expect(secrets(second).open('alice', fromFirst)).toEqual(secret);
  expect(() => secrets(second).open('alice', fromServerKey)).toThrow('No LETHE_TOTP_KEY of version 1');
});

import { createHmac, createPrivateKey, createPublicKey, generateKeyPairSync, hkdfSync, randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SettingsError, type Settings } from './settings.js';

export const SECRETS = Symbol('Secrets');

/** A key with its number, which stands beside whatever it was used on. */
export interface VersionedKey {
  version: number;
  key: Buffer;
}

/** What the relay knows and the database must not. */
export interface Secrets {
  readonly signingKey: KeyObject;
  /** Keys that still verify, the signing key first. */
  readonly verifyingKeys: readonly KeyObject[];
  /** The current one first, then the one before it, if it is known. */
  readonly emailPeppers: readonly [VersionedKey, ...VersionedKey[]];
  /** 32 bytes each (AES-256): the current one first, then the one before it. */
  readonly totpKeys: readonly [VersionedKey, ...VersionedKey[]];
  /** HMAC-SHA-256 under the server key; `purpose` keeps its uses apart. */
  keyedHash(purpose: string, ...parts: (string | Buffer)[]): Buffer;
}

export function readSecrets(settings: Settings): Secrets {
  const kept = (name: string, make: () => string) => keptInDataFolder(settings.LETHE_DATA, name, make);
  const signingKey = privateKey(
    'LETHE_SIGNING_KEY',
    settings.LETHE_SIGNING_KEY ?? kept('signing-key.pem', newSigningKey),
  );
  const previous = settings.LETHE_PREVIOUS_SIGNING_KEY;
  const serverKey = Buffer.from(settings.LETHE_SERVER_KEY ?? kept('server-key', newSecret));
  return {
    signingKey,
    verifyingKeys: [signingKey, ...(previous ? [privateKey('LETHE_PREVIOUS_SIGNING_KEY', previous)] : [])].map((key) =>
      createPublicKey(key),
    ),
    emailPeppers: emailPeppers(settings, settings.LETHE_EMAIL_PEPPER ?? kept('email-pepper', newSecret)),
    totpKeys: totpKeys(settings, serverKey),
    keyedHash(purpose, ...parts) {
      const hmac = createHmac('sha256', serverKey);
      // Every part is preceded by its length: no two lists of parts read the same.
      for (const part of [purpose, ...parts]) hmac.update(`${Buffer.byteLength(part)}:`).update(part);
      return hmac.digest();
    },
  };
}

function emailPeppers(settings: Settings, pepper: string): [VersionedKey, ...VersionedKey[]] {
  const { LETHE_EMAIL_PEPPER_VERSION: version, LETHE_PREVIOUS_EMAIL_PEPPER: previous } = settings;
  const current = { version, key: Buffer.from(pepper) };
  return previous === undefined ? [current] : [current, { version: version - 1, key: Buffer.from(previous) }];
}

function totpKeys(settings: Settings, serverKey: Buffer): [VersionedKey, ...VersionedKey[]] {
  const { LETHE_TOTP_KEY, LETHE_TOTP_KEY_VERSION: version, LETHE_PREVIOUS_TOTP_KEY } = settings;
  const derived = (secret: string | undefined) =>
    Buffer.from(hkdfSync('sha256', secret ?? serverKey, '', 'lethe totp secrets', 32));
  const current = { version, key: derived(LETHE_TOTP_KEY) };
  return version === 1 ? [current] : [current, { version: version - 1, key: derived(LETHE_PREVIOUS_TOTP_KEY) }];
}

const newSecret = () => randomBytes(32).toString('base64');

const newSigningKey = () =>
  generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

function privateKey(setting: string, pemOrPath: string): KeyObject {
  try {
    const pem = pemOrPath.includes('-----BEGIN') ? pemOrPath.replaceAll('\\n', '\n') : readFileSync(pemOrPath, 'utf8');
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyDetails?.namedCurve === 'prime256v1') return key;
  } catch {
    // The cause could quote the key; the message below says all an operator needs.
  }
  throw new SettingsError([`${setting}: not a P-256 private key in PKCS #8 PEM, nor the path of one`]);
}

function keptInDataFolder(folder: string, name: string, make: () => string): string {
  const path = join(folder, name);
  if (!existsSync(path)) {
    mkdirSync(folder, { recursive: true });
    const draft = `${path}.${randomBytes(6).toString('hex')}`;
    writeFileSync(draft, make(), { mode: 0o600 });
    try {
      // A link appears whole and only once: of two processes starting together one wins and both read the winner.
      linkSync(draft, path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    } finally {
      rmSync(draft);
    }
  }
  return readFileSync(path, 'utf8').trim();
}

import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { SECRETS, type Secrets } from '../config/secrets.js';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

export interface SealedTotpSecret {
  totpSecret: Buffer;
  totpKeyVersion: number;
}

/**
 * AES-256-GCM: nonce, ciphertext and tag in a row. The account's id is authenticated with it, so that nobody who can
 * write to the database puts their own secret into another's account.
 */
@Injectable()
export class TotpSecrets {
  constructor(@Inject(SECRETS) private readonly secrets: Secrets) {}

  seal(accountId: string, secret: Buffer): SealedTotpSecret {
    const [{ key, version }] = this.secrets.totpKeys;
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(accountId));
    const sealed = Buffer.concat([nonce, cipher.update(secret), cipher.final(), cipher.getAuthTag()]);
    return { totpSecret: sealed, totpKeyVersion: version };
  }

  open(accountId: string, { totpSecret: sealed, totpKeyVersion }: SealedTotpSecret): Buffer {
    const found = this.secrets.totpKeys.find(({ version }) => version === totpKeyVersion);
    if (!found) throw new Error(`No LETHE_TOTP_KEY of version ${totpKeyVersion} is set.`);
    const decipher = createDecipheriv('aes-256-gcm', found.key, sealed.subarray(0, NONCE_BYTES), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(Buffer.from(accountId)).setAuthTag(sealed.subarray(-TAG_BYTES));
    return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
  }

  isCurrent({ totpKeyVersion }: SealedTotpSecret): boolean {
    return totpKeyVersion === this.secrets.totpKeys[0].version;
  }
}

import { createHash, randomBytes } from 'node:crypto';
import { base32 } from './base32.js';

const RECOVERY_CODES = 10;

/** 80 random bits each, in four groups to copy by hand. */
export const newRecoveryCodes = (): string[] =>
  Array.from({ length: RECOVERY_CODES }, () => base32(randomBytes(10)).replaceAll(/.{4}(?=.)/g, '$&-'));

/** SHA-256 will do for 80 random bits. With the account's id, since nobody's code may open another account. */
export const hashOfRecoveryCode = (accountId: string, code: string): Buffer =>
  createHash('sha256')
    .update(`${accountId} ${code.replaceAll(/[\s-]/g, '').toUpperCase()}`)
    .digest();

import { createHash } from 'node:crypto';
import { Secret } from 'otpauth';

const RECOVERY_CODES = 10;

/** 80 random bits each, in four groups to copy by hand. */
export const newRecoveryCodes = (): string[] =>
  Array.from({ length: RECOVERY_CODES }, () => new Secret({ size: 10 }).base32.replaceAll(/.{4}(?=.)/g, '$&-'));

/** SHA-256 will do for 80 random bits. With the account's id, since nobody's code may open another account. */
export const hashOfRecoveryCode = (accountId: string, code: string): Buffer =>
  createHash('sha256')
    .update(`${accountId} ${code.replaceAll(/[\s-]/g, '').toUpperCase()}`)
    .digest();

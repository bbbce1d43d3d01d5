import { createHash, randomBytes } from 'node:crypto';
import type { Secrets } from '../config/secrets.js';

/** 30 days. */
export const REFRESH_TOKEN_MS = 30 * 24 * 60 * 60 * 1000;

/** How long a used refresh token still answers, for a client whose answer got lost or whose tabs refresh at once. */
export const REFRESH_GRACE_MS = 10_000;

export const newRefreshToken = (): string => randomBytes(32).toString('base64url');

/**
 * Derived, not random: whoever comes with the same token within the grace gets the same successor, although only its
 * hash is kept.
 */
export const successorOf = (token: string, secrets: Secrets): string =>
  secrets.keyedHash('refresh-successor', token).toString('base64url');

export const hashOfRefreshToken = (token: string): Buffer => createHash('sha256').update(token).digest();

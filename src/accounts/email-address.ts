import { createHmac } from 'node:crypto';
import { z } from 'zod';
import type { VersionedKey } from '../config/secrets.js';

/**
 * In one spelling, since hashes cannot be compared loosely later: trimmed, NFC, all in lower case. (RFC 5321 would let
 * the part before the "@" differ by case; no provider does.)
 */
export const emailAddress = z
  .string()
  .transform((text) => text.trim().normalize('NFC').toLowerCase())
  .refine((text) => text.length <= 254, 'Needs at most 254 characters.')
  .refine(
    (text) => /^[^\s@\p{Cc}\p{Cs}]+@[^\s@.\p{Cc}\p{Cs}]+(?:\.[^\s@.\p{Cc}\p{Cs}]+)+$/u.test(text),
    'Needs an email address.',
  );

/** HMAC-SHA-256 under a pepper that lies outside the database: a stolen database cannot be asked who is in it. */
export const hashOfEmail = (address: string, { version, key }: VersionedKey) => ({
  emailHash: createHmac('sha256', key).update(address).digest(),
  emailPepperVersion: version,
});

import { createHmac } from 'node:crypto';
import { z } from 'zod';
import type { VersionedKey } from '../config/secrets.js';

const MOST_CHARACTERS = 254;
const tooLong = `Needs at most ${MOST_CHARACTERS} characters.`;

/**
 * In one spelling, since hashes cannot be compared loosely later: trimmed, NFC, all in lower case. (RFC 5321 would let
 * the part before the "@" differ by case; no provider does.)
 */
export const emailAddress = z
  .string()
  // However it is spelled: normalizing takes the square of the length at worst.
  .max(MOST_CHARACTERS * 8, tooLong)
  .transform((text) => text.trim().normalize('NFC').toLowerCase())
  .refine((text) => text.length <= MOST_CHARACTERS, tooLong)
  .refine(
    (text) => /^[^\s@\p{Cc}\p{Cs}]+@[^\s@.\p{Cc}\p{Cs}]+(?:\.[^\s@.\p{Cc}\p{Cs}]+)+$/u.test(text),
    'Needs an email address.',
  );

/** HMAC-SHA-256 under a pepper that lies outside the database: a stolen database cannot be asked who is in it. */
export const hashOfEmail = (address: string, { version, key }: VersionedKey) => ({
  emailHash: createHmac('sha256', key).update(address).digest(),
  emailPepperVersion: version,
});

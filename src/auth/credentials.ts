import { z } from 'zod';
import { LetheError } from '../errors/lethe-error.js';

/** Compared without case, hence kept in lower case. */
export const username = z
  .string()
  .regex(/^[A-Za-z0-9_.-]{3,32}$/, 'Needs 3 to 32 of a–z, 0–9, "_", "." and "-".')
  .transform((name) => name.toLowerCase());

// NUL ends a string in some libraries, and a lone surrogate is no character in any encoding.
const password = z.string().refine((text) => !/[\0\p{Surrogate}]/u.test(text), 'Needs text without NUL.');

const MOST_CHARACTERS = 128;
/** What is longer is too long however it is spelled: a character is four code points of two units each at most. */
const MOST_UNITS = MOST_CHARACTERS * 8;

// Normalizing takes the square of the length at worst: seconds for as much as a request may carry.
const charactersIn = (text: string) => (text.length > MOST_UNITS ? Infinity : [...text.normalize('NFC')].length);

/** A password to log in with: whatever the rules for new ones were once. */
export const givenPassword = password.refine(
  (text) => charactersIn(text) <= MOST_CHARACTERS,
  `Needs at most ${MOST_CHARACTERS} characters.`,
);

export const newPassword = password.refine((text) => {
  const characters = charactersIn(text);
  return characters >= 10 && characters <= MOST_CHARACTERS;
}, `Needs 10 to ${MOST_CHARACTERS} characters.`);

/** Of an authenticator app. */
export const totpCode = z.string().regex(/^\d{6}$/, { error: 'Needs 6 digits.', abort: true });

// Aborts, so that one fault is told of a code, and not what else would be wrong with it.
export const recoveryCode = z
  .string()
  .max(64, { error: 'Needs at most 64 characters.', abort: true })
  .regex(/^[\s-]*(?:[A-Za-z2-7][\s-]*){16}$/, { error: 'Needs 16 of A–Z and 2–7.', abort: true });

/** Where one argument takes both. */
export const eitherKindOfCode = z.union([totpCode, recoveryCode], 'Needs 6 digits, or a recovery code.');

/** In the same words whatever was wrong, so that nobody learns what was right. */
export const badCredentials = () =>
  new LetheError('UNAUTHENTICATED', 'Unknown username, wrong password or wrong code.', { reason: 'BAD_CREDENTIALS' });

import { randomBytes } from 'node:crypto';
import { Secret, TOTP } from 'otpauth';
import type { TotpEnrollment } from './totp-enrollment.type.js';

/** 160 bits, as RFC 4226 section 4 recommends. */
const SECRET_BYTES = 20;
const CODE = /^\d{6}$/;

export const newTotpSecret = (): Buffer => randomBytes(SECRET_BYTES);

/** The only settings that every authenticator app takes. */
const totpOf = (secret: Buffer, username = '') =>
  new TOTP({
    issuer: 'Lethe',
    label: username,
    algorithm: 'SHA1',
    digits: 6,
    period: 30,
    secret: new Secret({ buffer: Uint8Array.from(secret).buffer }),
  });

/** The time step (RFC 6238) the code is of: the current one or one beside it, for clocks that differ. */
export function stepOfCode(secret: Buffer, code: string, now: Date): number | undefined {
  // The library counts letters and compares bytes: six letters of two bytes each would throw there.
  if (!CODE.test(code)) return undefined;
  const totp = totpOf(secret);
  const timestamp = now.getTime();
  const stepsAway = totp.validate({ token: code, timestamp, window: 1 });
  return stepsAway === null ? undefined : totp.counter({ timestamp }) + stepsAway;
}

/** As an authenticator app takes it, by hand or from a QR code (the Key URI format). */
export function enrollmentOf(username: string, secret: Buffer): TotpEnrollment {
  const totp = totpOf(secret, username);
  return { secret: totp.secret.base32, otpauthUri: totp.toString() };
}

import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** 160 bits, as RFC 4226 section 4 recommends. */
const SECRET_BYTES = 20;
const STEP_SECONDS = 30;
const DIGITS = 6;

export const newTotpSecret = (): Buffer => randomBytes(SECRET_BYTES);

/** One code of RFC 4226 (HMAC-SHA-1, dynamic truncation). */
export function codeAt(secret: Buffer, step: number, digits = DIGITS): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac('sha1', secret).update(counter).digest();
  const truncated = mac.readUInt32BE(mac.readUInt8(mac.length - 1) & 0xf) & 0x7fff_ffff;
  return String(truncated % 10 ** digits).padStart(digits, '0');
}

export const stepOf = (time: Date): number => Math.floor(time.getTime() / 1000 / STEP_SECONDS);

/** The time step (RFC 6238) the code is of: the current one or one beside it, for clocks that differ. */
export function stepOfCode(secret: Buffer, code: string, now: Date): number | undefined {
  const current = stepOf(now);
  const given = Buffer.from(code);
  return [current, current - 1, current + 1].find((step) => {
    const expected = Buffer.from(codeAt(secret, step));
    return expected.length === given.length && timingSafeEqual(expected, given);
  });
}

/** As authenticator apps read it from a QR code (the Key URI format). */
export const otpauthUri = (username: string, secret: string): string =>
  `otpauth://totp/Lethe:${encodeURIComponent(username)}?secret=${secret}&issuer=Lethe&algorithm=SHA1&digits=${DIGITS}&period=${STEP_SECONDS}`;

import { timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import type { Secrets } from '../config/secrets.js';
import { LetheError, notFound } from '../errors/lethe-error.js';
import type { BlobDescription } from './blob-store.js';

/** Below it the relay serves the files it keeps on disk. */
export const FILES_PATH = '/attachments';

const number = z
  .string()
  .regex(/^\d{1,15}$/)
  .transform(Number);
const signature = z
  .string()
  .regex(/^[\w-]{43}$/)
  .transform((text) => Buffer.from(text, 'base64url'));
const key = z.string().regex(/^[0-9a-f]{48}$/);
const downloadShape = z.object({ key, expires: number, signature });
const uploadShape = downloadShape.extend({
  size: number,
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .transform((text) => Buffer.from(text, 'hex')),
});

/** Paths that open one file for one purpose until a certain time, and cannot be made by anybody else. */
export class SignedUrls {
  constructor(private readonly secrets: Secrets) {}

  upload({ key, size, sha256 }: BlobDescription, until: Date): string {
    const expires = until.getTime();
    const signature = this.ofUpload(key, expires, size, sha256).toString('base64url');
    return pathOf(key, { size: `${size}`, sha256: sha256.toString('hex'), expires: `${expires}`, signature });
  }

  download(key: string, until: Date): string {
    const expires = until.getTime();
    const signature = this.ofDownload(key, expires).toString('base64url');
    return pathOf(key, { expires: `${expires}`, signature });
  }

  /** What may be uploaded by the address. One that the relay has not made leads nowhere. */
  readUpload(address: unknown, now: Date): BlobDescription {
    const read = uploadShape.safeParse(address);
    if (!read.success) throw notFound();
    const { key, size, sha256, expires, signature } = read.data;
    if (!timingSafeEqual(signature, this.ofUpload(key, expires, size, sha256))) throw notFound();
    if (expires <= now.getTime())
      throw new LetheError('EXPIRED', 'The time to upload the file is over.', { reason: 'UPLOAD_EXPIRED' });
    return { key, size, sha256 };
  }

  /** Which file may be downloaded by the address. */
  readDownload(address: unknown, now: Date): string {
    const read = downloadShape.safeParse(address);
    if (!read.success) throw notFound();
    const { key, expires, signature } = read.data;
    if (!timingSafeEqual(signature, this.ofDownload(key, expires))) throw notFound();
    if (expires <= now.getTime())
      throw new LetheError('EXPIRED', 'The address is past its time.', { reason: 'URL_EXPIRED' });
    return key;
  }

  private ofUpload(key: string, expires: number, size: number, sha256: Buffer): Buffer {
    return this.secrets.keyedHash('file address', 'PUT', key, `${expires}`, `${size}`, sha256);
  }

  private ofDownload(key: string, expires: number): Buffer {
    return this.secrets.keyedHash('file address', 'GET', key, `${expires}`);
  }
}

const pathOf = (key: string, query: Record<string, string>) =>
  `${FILES_PATH}/${key}?${new URLSearchParams(query).toString()}`;

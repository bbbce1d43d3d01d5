import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { paddedSize } from '../../src/attachments/padded-sizes.js';

const CHUNK = 65_536;
const TAG = 16;

/** As `docs/protocol.md` has clients do it: padded, cut into chunks, each encrypted under a key that is used for nothing else. */
export function sealFile(plain: Buffer): { key: Buffer; sealed: Buffer } {
  const size = sealedSize(plain.length);
  const chunks = Math.ceil(size / CHUNK);
  const padded = Buffer.alloc(size - chunks * TAG);
  plain.copy(padded);
  padded[plain.length] = 0x80;
  const key = randomBytes(32);
  const sealed: Buffer[] = [];
  for (let n = 0; n < chunks; n++) {
    const cipher = createCipheriv('aes-256-gcm', key, nonceOf(n, n === chunks - 1));
    sealed.push(cipher.update(padded.subarray(n * (CHUNK - TAG), (n + 1) * (CHUNK - TAG))), cipher.final());
    sealed.push(cipher.getAuthTag());
  }
  return { key, sealed: Buffer.concat(sealed) };
}

export function openFile(key: Buffer, sealed: Buffer): Buffer {
  const chunks = Math.ceil(sealed.length / CHUNK);
  const plain: Buffer[] = [];
  for (let n = 0; n < chunks; n++) {
    const chunk = sealed.subarray(n * CHUNK, (n + 1) * CHUNK);
    const decipher = createDecipheriv('aes-256-gcm', key, nonceOf(n, n === chunks - 1));
    decipher.setAuthTag(chunk.subarray(-TAG));
    plain.push(decipher.update(chunk.subarray(0, -TAG)), decipher.final());
  }
  const padded = Buffer.concat(plain);
  const end = padded.lastIndexOf(0x80);
  if (end < 0 || padded.subarray(end + 1).some((byte) => byte !== 0)) throw new Error('The padding is no padding.');
  return padded.subarray(0, end);
}

/** The smallest padded size that holds so many bytes, the byte that ends them, and a tag for each chunk. */
function sealedSize(bytes: number): number {
  let size = paddedSize(bytes + 1 + TAG);
  while (size - Math.ceil(size / CHUNK) * TAG < bytes + 1) size = paddedSize(size + 1);
  return size;
}

function nonceOf(chunk: number, isLast: boolean): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeUInt32BE(chunk, 7);
  nonce[11] = isLast ? 1 : 0;
  return nonce;
}

/** What stands in for an encrypted file in stories. */
export const someFile = (size = 16_384): Buffer => randomBytes(size);

export const sha256 = (bytes: Buffer): Buffer => createHash('sha256').update(bytes).digest();

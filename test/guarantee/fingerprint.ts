import { createHash } from 'node:crypto';

/** An entry as anybody sees it; what its fingerprint is taken of. */
export interface SeenEntry {
  id: string;
  epoch: number;
  /** Of a message: the body in base64. */
  sealedBody?: string | null;
  /** Of a membership change. */
  accountId?: string | null;
  change?: string | null;
}

/** Forty-eight bits instead of the whole entry: a long run receives millions of them. */
export function fingerprintOf({ id, epoch, sealedBody, accountId, change }: SeenEntry): number {
  const text = `${id} ${epoch} ${sealedBody ?? ''} ${accountId ?? ''} ${change ?? ''}`;
  return createHash('sha256').update(text).digest().readUIntBE(0, 6);
}

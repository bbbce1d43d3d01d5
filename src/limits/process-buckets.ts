import { hash, randomBytes } from 'node:crypto';
import { costOf, take, type TokenBucket } from './token-bucket.js';

const SWEEP_EVERY_MS = 10_000;

/** Buckets in this process's memory. Full ones are forgotten, and of a subject only a hash under a passing key is kept. */
export class ProcessBuckets {
  private readonly key = randomBytes(32).toString('base64');
  private readonly fullAt = new Map<string, number>();
  private sweepAt = 0;

  constructor(private readonly most = 100_000) {}

  /** Milliseconds to wait; 0 means taken. */
  take(subject: string, bucket: TokenBucket, points: number, now: number): number {
    if (now >= this.sweepAt) this.forgetFull(now);
    // A fifth of what an HMAC costs, on the way of every request; nobody extends a hash that never leaves.
    const key = hash('sha256', this.key + subject, 'base64url');
    const { fullAt, missingMs } = take(this.fullAt.get(key) ?? 0, now, costOf(points, bucket), bucket.capacityMs);
    if (missingMs === 0) this.remember(key, fullAt);
    return missingMs;
  }

  get size(): number {
    return this.fullAt.size;
  }

  private remember(key: string, fullAt: number): void {
    // Behind this many subjects stands an attack with many addresses: memory must not be what it costs.
    if (this.fullAt.size >= this.most && !this.fullAt.has(key)) {
      for (const oldest of this.fullAt.keys()) {
        this.fullAt.delete(oldest);
        break;
      }
    }
    this.fullAt.set(key, fullAt);
  }

  private forgetFull(now: number): void {
    this.sweepAt = now + SWEEP_EVERY_MS;
    for (const [key, fullAt] of this.fullAt) if (fullAt <= now) this.fullAt.delete(key);
  }
}

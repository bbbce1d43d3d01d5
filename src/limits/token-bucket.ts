/**
 * A bucket that holds `capacityMs` worth of time and gains a millisecond every millisecond. Taking a token costs
 * `tokenMs`. The only state is the moment at which it is full again (generic cell rate algorithm, ITU-T I.371), so an
 * untouched bucket need not be kept.
 */
export interface TokenBucket {
  capacityMs: number;
  tokenMs: number;
}

export const tokenBucket = (burst: number, refill: number, everySeconds: number): TokenBucket => {
  const tokenMs = (everySeconds * 1000) / refill;
  // Whoever scales a limit far down still gets through one at a time.
  return { tokenMs, capacityMs: Math.max(burst, 1) * tokenMs };
};

/** More than the bucket ever holds empties a full one, instead of being refused for ever. */
export const costOf = (points: number, { tokenMs, capacityMs }: TokenBucket) => Math.min(points * tokenMs, capacityMs);

/** Takes, or says how many milliseconds are missing. Redis does the same in `SharedBuckets`. */
export function take(fullAt: number, now: number, costMs: number, capacityMs: number) {
  const next = Math.max(fullAt, now) + costMs;
  const missingMs = next - now - capacityMs;
  return missingMs > 0 ? { fullAt, missingMs } : { fullAt: next, missingMs: 0 };
}

import type { Redis, Result } from 'ioredis';
import { withinDeadline } from '../errors/deadline.js';
import { costOf, type TokenBucket } from './token-bucket.js';

declare module 'ioredis' {
  interface RedisCommander<Context> {
    letheTake(key: string, now: number, costMs: number, capacityMs: number): Result<number, Context>;
  }
}

/** `take` of `token-bucket.ts`, in one step for all processes. Gives the milliseconds to wait; 0 means taken. */
const lua = `
local now, cost, capacity = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local full_at = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now) + cost
local missing = full_at - now - capacity
if missing > 0 then return math.ceil(missing) end
redis.call('SET', KEYS[1], string.format('%.3f', full_at), 'PX', math.ceil(full_at - now))
return 0`;

/** A Redis that needs longer is no help to a request. */
const ANSWER_WITHIN_MS = 150;
const LEFT_ALONE_MS = 1_000;

/** Buckets in Redis, counted over all processes. A key is a keyed hash and goes when its bucket is full. */
export class SharedBuckets {
  private leftAloneUntil = 0;

  constructor(private readonly redis: Redis) {
    redis.defineCommand('letheTake', { numberOfKeys: 1, lua });
  }

  /** Milliseconds to wait, 0 when taken; undefined when Redis did not say. */
  async take(key: string, bucket: TokenBucket, points: number, now: number): Promise<number | undefined> {
    if (now < this.leftAloneUntil) return undefined;
    try {
      const answer = this.redis.letheTake(`lethe:limit:${key}`, now, costOf(points, bucket), bucket.capacityMs);
      return await withinDeadline(ANSWER_WITHIN_MS, answer);
    } catch {
      // Away or hanging: the next requests do not even ask.
      this.leftAloneUntil = now + LEFT_ALONE_MS;
      return undefined;
    }
  }
}

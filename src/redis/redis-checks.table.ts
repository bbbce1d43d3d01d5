import type { Redis } from 'ioredis';

export interface RedisCheck {
  /** What is looked at. */
  name: string;
  /** What is wrong and what to do; undefined when it is well. */
  fault: (facts: RedisFacts) => string | undefined;
}

/** What `INFO` tells. */
export interface RedisFacts {
  redis_version?: string;
  maxmemory_policy?: string;
}

const OLDEST_VERSION = 6;

/** What `npm run doctor` asks of Redis. None keeps a relay from starting: it does without Redis, too. */
export const redisChecks: RedisCheck[] = [
  {
    name: 'Redis is recent enough',
    fault: ({ redis_version: version = '?' }) =>
      parseInt(version) >= OLDEST_VERSION
        ? undefined
        : `REDIS_URL leads to Redis ${version}; the relay needs ${OLDEST_VERSION} or newer`,
  },
  {
    name: 'Redis keeps what limits count',
    fault: ({ maxmemory_policy: policy = 'noeviction' }) =>
      policy.startsWith('allkeys')
        ? `Redis evicts keys by ${policy}, and whoever fills it empties the counts of rate limits; set maxmemory-policy to noeviction or volatile-ttl`
        : undefined,
  },
];

export async function redisFacts(redis: Redis): Promise<RedisFacts> {
  const lines = [...(await redis.info()).matchAll(/^(\w+):(.*?)\r?$/gm)];
  return Object.fromEntries(lines.map(([, name, value]) => [name, value])) as RedisFacts;
}

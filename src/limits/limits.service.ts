import { Inject, Injectable } from '@nestjs/common';
import { Clock } from '../config/clock.js';
import { SECRETS, type Secrets } from '../config/secrets.js';
import { SETTINGS, type Settings } from '../config/settings.js';
import { LetheError } from '../errors/lethe-error.js';
import { RedisAccess } from '../redis/redis.module.js';
import { type LimitName, limitsTable } from './limits.table.js';
import { ProcessBuckets } from './process-buckets.js';
import { SharedBuckets } from './shared-buckets.js';
import { tokenBucket, type TokenBucket } from './token-bucket.js';

/** Holds everybody to `limits.table.ts`. */
@Injectable()
export class Limits {
  /** How often each limit said no. */
  readonly refusals = Object.fromEntries(Object.keys(limitsTable).map((name) => [name, 0])) as Record<
    LimitName,
    number
  >;
  private readonly buckets: Record<LimitName, TokenBucket>;
  private readonly inProcess = new ProcessBuckets();
  private readonly shared: SharedBuckets | undefined;

  constructor(
    private readonly clock: Clock,
    redis: RedisAccess,
    @Inject(SETTINGS) settings: Settings,
    @Inject(SECRETS) private readonly secrets: Secrets,
  ) {
    const scale = settings.LETHE_LIMIT_SCALE;
    this.shared = redis.connections && new SharedBuckets(redis.connections.commands);
    this.buckets = Object.fromEntries(
      Object.entries(limitsTable).map(([name, { burst, refill, everySeconds }]) => [
        name,
        tokenBucket(burst * scale, refill * scale, everySeconds),
      ]),
    ) as Record<LimitName, TokenBucket>;
  }

  /** Takes from the subject's budget, or throws RATE_LIMITED with `retryAfterMs`. */
  async take(limit: LimitName, subject: string, points = 1): Promise<void> {
    const missingMs = await this.missingMs(limit, subject, points);
    if (missingMs === 0) return;
    this.refusals[limit] += 1;
    const retryAfterMs = Math.ceil(missingMs);
    throw new LetheError('RATE_LIMITED', `Too many at once. Try again in ${retryAfterMs} ms.`, { retryAfterMs });
  }

  /** The same for who has another way when the budget is empty: takes and gives true, or gives false. */
  async allows(limit: LimitName, subject: string, points = 1): Promise<boolean> {
    const allowed = (await this.missingMs(limit, subject, points)) === 0;
    if (!allowed) this.refusals[limit] += 1;
    return allowed;
  }

  private missingMs(limit: LimitName, subject: string, points: number): number | Promise<number> {
    const bucket = this.buckets[limit];
    const now = this.clock.now().getTime();
    const countedHere = () => this.inProcess.take(`${limit} ${subject}`, bucket, points, now);
    if (limitsTable[limit].counted === 'process' || !this.shared) return countedHere();
    const key = this.secrets.keyedHash('limit', limit, subject).toString('base64url');
    return this.shared.take(key, bucket, points, now).then((missingMs) => missingMs ?? countedHere());
  }
}

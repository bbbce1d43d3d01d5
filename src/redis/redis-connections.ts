import { Redis } from 'ioredis';

/** What `REDIS_URL` opens. Absent, everything that would use it works in-process instead. */
export class RedisConnections {
  /** Commands: publishing and rate limits. Fails at once when Redis is away, nobody waits for it. */
  readonly commands: Redis;
  /** Listens only. Comes back and subscribes again by itself. */
  readonly subscriber: Redis;
  private closing = false;

  constructor(url: string) {
    const retryStrategy = (attempt: number) => Math.min(50 * attempt, 1_000);
    this.commands = new Redis(url, {
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      commandTimeout: 1_000,
      connectTimeout: 2_000,
      // One that hangs is let go: ioredis would keep every command for it, timed out or not.
      socketTimeout: 2_000,
      retryStrategy,
    });
    this.subscriber = new Redis(url, { maxRetriesPerRequest: null, connectTimeout: 2_000, retryStrategy });
    // `ready` and `close` tell the state; an unheard `error` would end the process.
    this.commands.on('error', () => undefined);
    this.subscriber.on('error', () => undefined);
  }

  get ready(): boolean {
    return this.commands.status === 'ready' && this.subscriber.status === 'ready';
  }

  /** Tells once when Redis is lost, and once when it is found again. */
  watch(told: (state: 'away' | 'back') => void): void {
    let state: 'away' | 'back' = 'back';
    const turn = (next: 'away' | 'back') => {
      if (next !== state && !this.closing) told((state = next));
    };
    this.commands.on('close', () => turn('away'));
    this.commands.on('ready', () => turn('back'));
  }

  close(): void {
    this.closing = true;
    this.commands.disconnect();
    this.subscriber.disconnect();
  }
}

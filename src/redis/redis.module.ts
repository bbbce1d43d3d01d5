import { Inject, Injectable, Module, type OnApplicationShutdown, Global } from '@nestjs/common';
import { SETTINGS, type Settings } from '../config/settings.js';
import { Log } from '../errors/log.js';
import { RedisConnections } from './redis-connections.js';

/** Redis, when there is one. */
@Injectable()
export class RedisAccess implements OnApplicationShutdown {
  readonly connections: RedisConnections | undefined;

  constructor(@Inject(SETTINGS) settings: Settings, log: Log) {
    this.connections = settings.REDIS_URL ? new RedisConnections(settings.REDIS_URL) : undefined;
    this.connections?.watch((state) => {
      if (state === 'back') log.info('Redis is back');
      else log.warn('Redis is away: news takes up to a second, and each process counts limits by itself');
    });
  }

  onApplicationShutdown(): void {
    this.connections?.close();
  }
}

@Global()
@Module({ providers: [RedisAccess], exports: [RedisAccess] })
export class RedisModule {}

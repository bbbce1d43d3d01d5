import { Inject, Injectable, Module, type OnApplicationShutdown, Global } from '@nestjs/common';
import { SETTINGS, type Settings } from '../config/settings.js';
import { RedisConnections } from './redis-connections.js';

/** Redis, when there is one. */
@Injectable()
export class RedisAccess implements OnApplicationShutdown {
  readonly connections: RedisConnections | undefined;

  constructor(@Inject(SETTINGS) settings: Settings) {
    this.connections = settings.REDIS_URL ? new RedisConnections(settings.REDIS_URL) : undefined;
  }

  onApplicationShutdown(): void {
    this.connections?.close();
  }
}

@Global()
@Module({ providers: [RedisAccess], exports: [RedisAccess] })
export class RedisModule {}

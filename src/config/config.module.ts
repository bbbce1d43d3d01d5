import { type DynamicModule, Module } from '@nestjs/common';
import { Log } from '../errors/log.js';
import { Clock } from './clock.js';
import { readSecrets, SECRETS } from './secrets.js';
import { SETTINGS, type Settings } from './settings.js';

@Module({})
export class ConfigModule {
  static with(settings: Settings, clock: Clock): DynamicModule {
    return {
      module: ConfigModule,
      global: true,
      providers: [
        { provide: SETTINGS, useValue: settings },
        { provide: SECRETS, useFactory: () => readSecrets(settings) },
        { provide: Clock, useValue: clock },
        { provide: Log, useFactory: () => new Log(settings.LETHE_LOG_LEVEL) },
      ],
      exports: [SETTINGS, SECRETS, Clock, Log],
    };
  }
}

import { type DynamicModule, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { Clock } from '../config/clock.js';
import { Log } from '../errors/log.js';
import { SETTINGS, SettingsError, type Settings } from '../config/settings.js';
import { dataSourceOptions } from './data-source-options.js';
import { Deployment } from './deployment.js';
import { DeploymentRow } from './deployment.entity.js';
import { databaseChecks } from './database-checks.table.js';
import { Pools } from './pools.js';
import { migrate } from './migrate.js';

@Module({})
export class DatabaseModule implements OnApplicationShutdown {
  constructor(@Inject(Pools) private readonly pools: Pools) {}

  static at(url: string): DynamicModule {
    return {
      module: DatabaseModule,
      global: true,
      imports: [
        TypeOrmModule.forRootAsync({
          inject: [SETTINGS],
          useFactory: () => ({ ...dataSourceOptions(url), autoLoadEntities: true, retryAttempts: 1 }),
          dataSourceFactory: async (options) => {
            if (!options) throw new Error('TypeORM was given no options.');
            const dataSource = await new DataSource(options).initialize();
            await migrate(dataSource);
            return dataSource;
          },
        }),
        TypeOrmModule.forFeature([DeploymentRow]),
      ],
      providers: [
        { provide: Pools, inject: [Log], useFactory: (log: Log) => new Pools(url, log) },
        {
          provide: Deployment,
          inject: [DataSource, Pools, Clock, SETTINGS],
          useFactory: async (dataSource: DataSource, pools: Pools, clock: Clock, settings: Settings) => {
            if (settings.NODE_ENV === 'production') await refuseUnsafe(pools, clock);
            return Deployment.read(dataSource);
          },
        },
      ],
      exports: [Pools, Deployment],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.pools.end();
  }
}

async function refuseUnsafe({ read }: Pools, clock: Clock): Promise<void> {
  const refusing = databaseChecks.filter(({ weight }) => weight === 'refuses start');
  const faults = await Promise.all(refusing.map(({ fault }) => fault(read, clock)));
  const found = faults.filter((fault) => fault !== undefined);
  if (found.length > 0) throw new SettingsError(found);
}

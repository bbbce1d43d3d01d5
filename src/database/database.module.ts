import { type DynamicModule, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { SETTINGS, SettingsError, type Settings } from '../config/settings.js';
import { dataSourceOptions } from './data-source-options.js';
import { Deployment } from './deployment.js';
import { DeploymentRow } from './deployment.entity.js';
import { durabilityFaults } from './durability.js';
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
        { provide: Pools, useFactory: () => new Pools(url) },
        {
          provide: Deployment,
          inject: [DataSource, SETTINGS],
          useFactory: async (dataSource: DataSource, settings: Settings) => {
            const faults = settings.NODE_ENV === 'production' ? await durabilityFaults(dataSource) : [];
            if (faults.length > 0) throw new SettingsError(faults);
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

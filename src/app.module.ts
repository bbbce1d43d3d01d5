import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER, APP_PIPE } from '@nestjs/core';
import { GraphQLModule } from '@nestjs/graphql';
import { AccountsModule } from './accounts/accounts.module.js';
import { AttachmentsModule } from './attachments/attachments.module.js';
import { AuthModule } from './auth/auth.module.js';
import { Authenticator } from './auth/authenticator.js';
import { ChannelsModule } from './channels/channels.module.js';
import { Clock } from './config/clock.js';
import { ConfigModule } from './config/config.module.js';
import { SETTINGS, type Settings } from './config/settings.js';
import { DatabaseModule } from './database/database.module.js';
import { HttpErrorFilter } from './errors/http-error.filter.js';
import { Log } from './errors/log.js';
import { InputRules } from './graphql/input-rules.js';
import { graphqlOverHttp } from './graphql-over-http.js';
import { GraphqlSockets } from './graphql-over-sockets.js';
import { HealthModule } from './health/health.module.js';
import { ClientAddresses } from './limits/client-addresses.js';
import { KeysModule } from './keys/keys.module.js';
import { LimitsModule } from './limits/limits.module.js';
import { MailboxModule } from './mailbox/mailbox.module.js';
import { MaintenanceModule } from './maintenance/maintenance.module.js';
import { MessagesModule } from './messages/messages.module.js';
import { MetricsModule } from './metrics/metrics.module.js';
import { OperationCounts } from './metrics/operation-counts.js';
import { PresenceModule } from './presence/presence.module.js';
import { RealtimeModule } from './realtime/realtime.module.js';
import { RedisModule } from './redis/redis.module.js';
import { ServersModule } from './servers/servers.module.js';

@Module({})
export class AppModule {
  static with(settings: Settings, databaseUrl: string, clock: Clock): DynamicModule {
    return {
      module: AppModule,
      imports: [
        MetricsModule,
        ConfigModule.with(settings, clock),
        RedisModule,
        DatabaseModule.at(databaseUrl),
        GraphQLModule.forRootAsync<ApolloDriverConfig>({
          driver: ApolloDriver,
          inject: [SETTINGS, Authenticator, ClientAddresses, Log, OperationCounts],
          useFactory: graphqlOverHttp,
        }),
        LimitsModule,
        RealtimeModule,
        AuthModule,
        KeysModule,
        AccountsModule,
        ServersModule,
        ChannelsModule,
        AttachmentsModule,
        MessagesModule,
        MailboxModule,
        PresenceModule,
        MaintenanceModule,
        HealthModule,
      ],
      providers: [
        GraphqlSockets,
        { provide: APP_PIPE, useClass: InputRules },
        {
          provide: APP_FILTER,
          inject: [Log, OperationCounts],
          useFactory: (log: Log, operations: OperationCounts) =>
            new HttpErrorFilter(log, (errors) => operations.count('none', errors)),
        },
      ],
    };
  }
}

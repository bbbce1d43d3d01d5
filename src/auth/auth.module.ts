import { Global, Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AccessTokens } from './access-tokens.js';
import { AccountRow } from './account.entity.js';
import { Authenticator } from './authenticator.js';
import { JwksController } from './jwks.controller.js';
import { Passwords } from './passwords.js';
import { RefreshTokenRow } from './refresh-token.entity.js';
import { Refreshing } from './refreshing.service.js';
import { Revocations } from './revocations.js';
import { SessionRevocationRow } from './session-revocation.entity.js';
import { SessionRow } from './session.entity.js';
import { SessionsResolver } from './sessions.resolver.js';
import { Sessions } from './sessions.service.js';
import { ViewerGuard } from './viewer.guard.js';

@Global()
@Module({
  imports: [TypeOrmModule.forFeature([AccountRow, SessionRow, RefreshTokenRow, SessionRevocationRow])],
  controllers: [JwksController],
  providers: [
    AccessTokens,
    Authenticator,
    Passwords,
    Refreshing,
    Revocations,
    Sessions,
    SessionsResolver,
    { provide: APP_GUARD, useClass: ViewerGuard },
  ],
  exports: [Authenticator, Passwords, Revocations, Sessions],
})
export class AuthModule {}

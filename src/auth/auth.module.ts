import { Global, Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AccessTokens } from './access-tokens.js';
import { AccountClosings } from './account-closings.js';
import { AccountRow } from './account.entity.js';
import { AdminAccess } from './admin.access.js';
import { Authenticator } from './authenticator.js';
import { JwksController } from './jwks.controller.js';
import { PasswordChangeResolver } from './password-change.resolver.js';
import { PasswordChange } from './password-change.service.js';
import { Passwords } from './passwords.js';
import { Reauthentication } from './reauthentication.js';
import { RecoveryCodeRow } from './recovery-code.entity.js';
import { RefreshTokenRow } from './refresh-token.entity.js';
import { Refreshing } from './refreshing.service.js';
import { Revocations } from './revocations.js';
import { SecondFactor } from './second-factor.js';
import { SecurityEventRow } from './security-event.entity.js';
import { SecurityEventsResolver } from './security-events.resolver.js';
import { SecurityEvents } from './security-events.service.js';
import { SessionRevocationRow } from './session-revocation.entity.js';
import { SessionRow } from './session.entity.js';
import { SessionsResolver } from './sessions.resolver.js';
import { Sessions } from './sessions.service.js';
import { TotpResolver } from './totp.resolver.js';
import { TotpSecrets } from './totp-secrets.js';
import { Totp } from './totp.service.js';
import { ViewerGuard } from './viewer.guard.js';

@Global()
@Module({
  imports: [
    TypeOrmModule.forFeature([
      AccountRow,
      SessionRow,
      RefreshTokenRow,
      SessionRevocationRow,
      RecoveryCodeRow,
      SecurityEventRow,
    ]),
  ],
  controllers: [JwksController],
  providers: [
    AccessTokens,
    AccountClosings,
    AdminAccess,
    Authenticator,
    PasswordChange,
    PasswordChangeResolver,
    Passwords,
    Reauthentication,
    Refreshing,
    Revocations,
    SecondFactor,
    SecurityEvents,
    SecurityEventsResolver,
    Sessions,
    SessionsResolver,
    Totp,
    TotpResolver,
    TotpSecrets,
    { provide: APP_GUARD, useClass: ViewerGuard },
  ],
  exports: [
    AccountClosings,
    AdminAccess,
    Authenticator,
    Passwords,
    Reauthentication,
    Revocations,
    SecurityEvents,
    Sessions,
  ],
})
export class AuthModule {}

import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Clock } from '../config/clock.js';
import { LetheError } from '../errors/lethe-error.js';
import { Limits } from '../limits/limits.service.js';
import { badCredentials } from './credentials.js';
import { lockedAccount } from './locked-account.js';
import { Reauthentication } from './reauthentication.js';
import { RecoveryCodeRow } from './recovery-code.entity.js';
import { hashOfRecoveryCode, newRecoveryCodes } from './recovery-codes.js';
import { sealedSecretOf } from './second-factor.js';
import { SecurityEventKind } from './security-event.type.js';
import { SecurityEvents } from './security-events.service.js';
import { enrollmentOf, newTotpSecret, stepOfCode } from './totp.js';
import type { DisableTotpInput } from './totp.inputs.js';
import { beginTotp, confirmTotp, disableTotp } from './totp.queries.js';
import { TotpSecrets } from './totp-secrets.js';
import type { TotpEnrollment } from './totp-enrollment.type.js';
import type { Viewer } from './viewer.js';

/** How an account comes to need codes (RFC 6238), and stops needing them. */
@Injectable()
export class Totp {
  constructor(
    private readonly dataSource: DataSource,
    private readonly reauthentication: Reauthentication,
    private readonly secrets: TotpSecrets,
    private readonly events: SecurityEvents,
    private readonly limits: Limits,
    private readonly clock: Clock,
  ) {}

  /** Nothing is asked for until a code shows that the owner's app has the secret. */
  async begin(viewer: Viewer, password: string): Promise<TotpEnrollment> {
    const who = await this.reauthentication.withPassword(viewer, password);
    const secret = newTotpSecret();
    return this.reauthentication.carryOut(who, async (manager, { id, username }) => {
      if (!(await beginTotp(manager, id, this.secrets.seal(id, secret)))) throw alreadyEnabled();
      return enrollmentOf(username, secret);
    });
  }

  async confirm({ accountId, sessionId, deviceId }: Viewer, code: string): Promise<string[]> {
    await this.limits.take('confirmations', sessionId);
    return this.dataSource.transaction(async (manager) => {
      const account = await lockedAccount(manager, accountId);
      const sealed = account && sealedSecretOf(account);
      if (!sealed) throw notBegun();
      if (account.totpEnabled) throw alreadyEnabled();
      const step = stepOfCode(this.secrets.open(accountId, sealed), code, this.clock.now());
      if (step === undefined) throw badCredentials();
      await confirmTotp(manager, accountId, step);
      const codes = newRecoveryCodes();
      await manager.insert(
        RecoveryCodeRow,
        codes.map((recoveryCode) => ({ accountId, codeHash: hashOfRecoveryCode(accountId, recoveryCode) })),
      );
      await this.events.write(manager, SecurityEventKind.TOTP_ENABLED, { accountId, sessionId, deviceId });
      return codes;
    });
  }

  async disable(viewer: Viewer, { password, totpCode }: DisableTotpInput): Promise<boolean> {
    const { accountId, sessionId, deviceId } = viewer;
    const who = await this.reauthentication.withPassword(viewer, password);
    return this.reauthentication.carryOutWithCode(who, totpCode, async (manager) => {
      if (!(await disableTotp(manager, accountId))) throw notBegun();
      await this.events.write(manager, SecurityEventKind.TOTP_DISABLED, { accountId, sessionId, deviceId });
      return true;
    });
  }
}

const alreadyEnabled = () => new LetheError('CONFLICT', 'Codes are asked for already.', { reason: 'TOTP_ENABLED' });

const notBegun = () =>
  new LetheError('CONFLICT', 'There is no secret to confirm or turn off.', { reason: 'TOTP_NOT_BEGUN' });

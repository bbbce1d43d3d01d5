import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Clock } from '../config/clock.js';
import { LetheError } from '../errors/lethe-error.js';
import type { AccountRow } from './account.entity.js';
import { badCredentials } from './credentials.js';
import { hashOfRecoveryCode } from './recovery-codes.js';
import { SecurityEventKind } from './security-event.type.js';
import { SecurityEvents } from './security-events.service.js';
import { stepOfCode } from './totp.js';
import { useRecoveryCode, useStep } from './totp.queries.js';
import { type SealedTotpSecret, TotpSecrets } from './totp-secrets.js';

/** What is given beside the password; at most one of the two. */
export interface GivenCode {
  totpCode?: string | null;
  recoveryCode?: string | null;
}

/** Within a session both kinds of codes come in one argument, and their shapes tell them apart. */
export const eitherCode = (code: string | null | undefined): GivenCode =>
  typeof code === 'string' && !/^\d{6}$/.test(code) ? { recoveryCode: code } : { totpCode: code };

/** The account's secret, if it has one. */
export function sealedSecretOf({ totpSecret, totpKeyVersion }: AccountRow): SealedTotpSecret | undefined {
  return totpSecret && totpKeyVersion !== null ? { totpSecret, totpKeyVersion } : undefined;
}

/** Codes beside the password. What is used up here is so only if the caller's transaction is committed. */
@Injectable()
export class SecondFactor {
  constructor(
    private readonly secrets: TotpSecrets,
    private readonly events: SecurityEvents,
    private readonly clock: Clock,
  ) {}

  /** Throws unless the account needs no code or the given one is right. The caller has locked the account. */
  async check(
    manager: EntityManager,
    account: AccountRow,
    { totpCode, recoveryCode }: GivenCode,
    where: { sessionId?: string; deviceId?: string | null } = {},
  ): Promise<void> {
    if (!account.totpEnabled) return;
    if (typeof recoveryCode === 'string') {
      if (!(await useRecoveryCode(manager, account.id, hashOfRecoveryCode(account.id, recoveryCode))))
        throw badCredentials();
      await this.events.write(manager, SecurityEventKind.RECOVERY_CODE_USED, { accountId: account.id, ...where });
    } else if (typeof totpCode === 'string') {
      if (!(await this.use(manager, account, totpCode))) throw badCredentials();
    } else {
      throw new LetheError('UNAUTHENTICATED', 'This needs a code of the authenticator app, or a recovery code.', {
        reason: 'TOTP_REQUIRED',
      });
    }
  }

  private async use(manager: EntityManager, account: AccountRow, code: string): Promise<boolean> {
    const sealed = sealedSecretOf(account);
    if (!sealed) return false;
    const secret = this.secrets.open(account.id, sealed);
    const step = stepOfCode(secret, code, this.clock.now());
    if (step === undefined) return false;
    const kept = this.secrets.isCurrent(sealed) ? sealed : this.secrets.seal(account.id, secret);
    return useStep(manager, account.id, step, kept);
  }
}

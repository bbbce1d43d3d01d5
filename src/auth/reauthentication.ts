import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { LetheError } from '../errors/lethe-error.js';
import { Limits } from '../limits/limits.service.js';
import { AccountRow } from './account.entity.js';
import { badCredentials } from './credentials.js';
import { lockedAccount } from './locked-account.js';
import { Passwords } from './passwords.js';
import { eitherCode, SecondFactor } from './second-factor.js';
import { SecurityEventKind } from './security-event.type.js';
import { SecurityEvents } from './security-events.service.js';
import type { Viewer } from './viewer.js';

/** Somebody who just gave the right password. */
export interface Reauthenticated {
  viewer: Viewer;
  passwordHash: string;
}

type Work<T> = (manager: EntityManager, account: AccountRow) => Promise<T>;

/** What a bearer token alone is not enough for: whoever took a token must not take the account. */
@Injectable()
export class Reauthentication {
  constructor(
    private readonly dataSource: DataSource,
    private readonly passwords: Passwords,
    private readonly secondFactor: SecondFactor,
    private readonly events: SecurityEvents,
    private readonly limits: Limits,
  ) {}

  async withPassword(viewer: Viewer, password: string): Promise<Reauthenticated> {
    await this.limits.take('confirmations', viewer.sessionId);
    const account = await this.dataSource.manager.findOneBy(AccountRow, { id: viewer.accountId });
    const matches = await this.passwords.verify(password, account?.passwordHash);
    if (account && matches) return { viewer, passwordHash: account.passwordHash };
    if (account) await this.writeFailure(viewer);
    throw badCredentials();
  }

  /** Does it in a transaction that has the account locked, without asking for a code. */
  carryOut<T>({ viewer, passwordHash }: Reauthenticated, work: Work<T>): Promise<T> {
    return this.dataSource.transaction(async (manager) => {
      const account = await lockedAccount(manager, viewer.accountId, passwordHash);
      if (!account) throw badCredentials();
      return work(manager, account);
    });
  }

  /** The same with a code, where the account needs one: of the authenticator app, or a recovery code. */
  async carryOutWithCode<T>(who: Reauthenticated, code: string | null | undefined, work: Work<T>): Promise<T> {
    const where = { sessionId: who.viewer.sessionId, deviceId: who.viewer.deviceId };
    try {
      return await this.carryOut(who, async (manager, account) => {
        await this.secondFactor.check(manager, account, eitherCode(code), where);
        return work(manager, account);
      });
    } catch (error) {
      if (error instanceof LetheError && error.reason === 'BAD_CREDENTIALS') await this.writeFailure(who.viewer);
      throw error;
    }
  }

  private writeFailure({ accountId, sessionId, deviceId }: Viewer): Promise<void> {
    return this.events.write(this.dataSource.manager, SecurityEventKind.LOGIN_FAILED, {
      accountId,
      sessionId,
      deviceId,
    });
  }
}

import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager, MoreThan } from 'typeorm';
import { Clock } from '../config/clock.js';
import { LetheError, notFound } from '../errors/lethe-error.js';
import { newId } from '../graphql/new-id.js';
import { Limits } from '../limits/limits.service.js';
import { AccessTokens } from './access-tokens.js';
import { AccountRow } from './account.entity.js';
import { badCredentials } from './credentials.js';
import { type IssuedTokens, issueTokens } from './issued-tokens.js';
import { lockedAccount } from './locked-account.js';
import type { LoginInput } from './login.input.js';
import { Passwords } from './passwords.js';
import { RefreshTokenRow } from './refresh-token.entity.js';
import { hashOfRefreshToken, newRefreshToken, REFRESH_TOKEN_MS } from './refresh-tokens.js';
import { Revocations } from './revocations.js';
import { SecondFactor } from './second-factor.js';
import { SecurityEventKind } from './security-event.type.js';
import { SecurityEvents } from './security-events.service.js';
import { SessionRow } from './session.entity.js';
import { endSessions, holdActiveDevice, type WhichSessions } from './sessions.queries.js';
import type { Viewer } from './viewer.js';

/** How sessions begin and end. */
@Injectable()
export class Sessions {
  constructor(
    private readonly dataSource: DataSource,
    private readonly passwords: Passwords,
    private readonly accessTokens: AccessTokens,
    private readonly revocations: Revocations,
    private readonly secondFactor: SecondFactor,
    private readonly events: SecurityEvents,
    private readonly limits: Limits,
    private readonly clock: Clock,
  ) {}

  async login(input: LoginInput, address: string): Promise<IssuedTokens> {
    await this.limits.take('credentials', address);
    await this.limits.take('loginsOfAddress', address);
    await this.limits.take('logins', `${input.username} ${address}`);
    await this.limits.take('loginsOfDay', `${input.username} ${address}`);
    const account = await this.dataSource.manager.findOneBy(AccountRow, { username: input.username });
    try {
      const matches = await this.passwords.verify(input.password, account?.passwordHash);
      if (!account || !matches) throw badCredentials();
      if (account.totpEnabled && typeof input.totpCode === 'string') await this.limits.take('loginCodes', account.id);
      return await this.dataSource.transaction((manager) => this.openWith(manager, account, input));
    } catch (error) {
      if (account && error instanceof LetheError && error.reason === 'BAD_CREDENTIALS')
        await this.events.write(this.dataSource.manager, SecurityEventKind.LOGIN_FAILED, { accountId: account.id });
      throw error;
    }
  }

  /** A new session, in the caller's transaction. The caller knows that the device is an active one of the account. */
  async open(manager: EntityManager, account: AccountRow, deviceId: string | null): Promise<IssuedTokens> {
    const now = this.clock.now();
    const session = { id: newId(now), accountId: account.id, deviceId, createdAt: now, ...usedAt(now) };
    await manager.insert(SessionRow, session);
    return this.withNewRefreshToken(manager, account, session);
  }

  /**
   * Called with a device that was just registered, in the same transaction. A session without a device becomes the
   * device's session; one that has a device stays as it is, and the new device gets a session of its own.
   */
  async bindDevice(manager: EntityManager, viewer: Viewer, deviceId: string): Promise<IssuedTokens> {
    // Asked for, not taken from the access token: that may be older than another binding.
    const session = await this.lockedSession(manager, viewer);
    const account = await manager.findOneBy(AccountRow, { id: viewer.accountId });
    if (!account) throw revoked();
    if (session.deviceId !== null) return this.open(manager, account, deviceId);
    return this.renew(manager, account, { id: session.id, deviceId });
  }

  /**
   * Called with an account whose password was just changed, in the same transaction. Every other session ends, for
   * `Revocations.tell` once the transaction is committed; this one goes on with new tokens.
   */
  async keepOnly(manager: EntityManager, viewer: Viewer, account: AccountRow) {
    const which = 'account_id = $2 AND id <> $3';
    const ended = await endSessions(manager, this.clock.now(), which, account.id, viewer.sessionId);
    const session = await this.lockedSession(manager, viewer);
    return { ended, tokens: await this.renew(manager, account, session) };
  }

  list({ accountId }: Viewer): Promise<SessionRow[]> {
    return this.dataSource.manager.find(SessionRow, {
      where: { accountId, expiresAt: MoreThan(this.clock.now()) },
      order: { lastUsedAt: 'DESC' },
    });
  }

  async logout({ accountId, sessionId }: Viewer, everywhere: boolean): Promise<true> {
    await (everywhere ? this.end(accountId, 'account_id = $2', accountId) : this.end(accountId, 'id = $2', sessionId));
    return true;
  }

  async revoke({ accountId }: Viewer, id: string): Promise<true> {
    const ended = await this.end(accountId, 'id = $2 AND account_id = $3', id, accountId);
    if (ended.length === 0) throw notFound();
    return true;
  }

  /** All of them, in the caller's transaction; for `Revocations.tell` as well. */
  endSessionsOfAccount(manager: EntityManager, accountId: string): Promise<string[]> {
    return endSessions(manager, this.clock.now(), 'account_id = $2', accountId);
  }

  /**
   * In the caller's transaction, after it made the device inactive there: a login that waits for that row then sees it
   * inactive. Answers the sessions that ended, for `Revocations.tell` once the transaction is committed.
   */
  endSessionsOfDevice(manager: EntityManager, deviceId: string): Promise<string[]> {
    return endSessions(manager, this.clock.now(), 'device_id = $2', deviceId);
  }

  private async end(accountId: string, which: WhichSessions, ...ids: string[]): Promise<string[]> {
    const ended = await this.dataSource.transaction(async (manager) => {
      // Before its sessions, as when the account is deleted: the other way round the two could deadlock.
      await lockedAccount(manager, accountId);
      const ended = await endSessions(manager, this.clock.now(), which, ...ids);
      const happenings = ended.map((sessionId) => ({ accountId, sessionId }));
      await this.events.write(manager, SecurityEventKind.LOGGED_OUT, ...happenings);
      return ended;
    });
    this.revocations.tell(ended);
    return ended;
  }

  private async openWith(
    manager: EntityManager,
    { id: accountId, passwordHash }: AccountRow,
    { deviceId = null, ...codes }: LoginInput,
  ): Promise<IssuedTokens> {
    const account = await lockedAccount(manager, accountId, passwordHash);
    if (!account) throw badCredentials();
    await this.secondFactor.check(manager, account, codes, { deviceId });
    if (deviceId !== null && !(await holdActiveDevice(manager, accountId, deviceId))) throw notFound();
    const tokens = await this.open(manager, account, deviceId);
    await this.events.write(manager, SecurityEventKind.LOGGED_IN, { accountId, ...tokens });
    return tokens;
  }

  private async lockedSession(manager: EntityManager, { sessionId }: Viewer): Promise<SessionRow> {
    const session = await manager.findOne(SessionRow, {
      where: { id: sessionId },
      lock: { mode: 'pessimistic_write' },
    });
    if (!session) throw revoked();
    return session;
  }

  private async renew(
    manager: EntityManager,
    account: AccountRow,
    { id, deviceId }: Pick<SessionRow, 'id' | 'deviceId'>,
  ): Promise<IssuedTokens> {
    const renewed = { deviceId, ...usedAt(this.clock.now()) };
    await manager.update(SessionRow, { id }, renewed);
    // Two unused tokens in one family would be two chains, and a thief could go on with the other one unnoticed.
    await manager.delete(RefreshTokenRow, { sessionId: id });
    return this.withNewRefreshToken(manager, account, { id, ...renewed });
  }

  private async withNewRefreshToken(
    manager: EntityManager,
    account: AccountRow,
    session: Pick<SessionRow, 'id' | 'deviceId' | 'expiresAt'>,
  ): Promise<IssuedTokens> {
    const token = newRefreshToken();
    await manager.insert(RefreshTokenRow, {
      tokenHash: hashOfRefreshToken(token),
      sessionId: session.id,
      expiresAt: session.expiresAt,
    });
    return issueTokens(this.accessTokens, account, session, token);
  }
}

const revoked = () => new LetheError('UNAUTHENTICATED', 'The session was ended.', { reason: 'SESSION_REVOKED' });

const usedAt = (now: Date): Pick<SessionRow, 'lastUsedAt' | 'expiresAt'> => ({
  lastUsedAt: now,
  expiresAt: new Date(now.getTime() + REFRESH_TOKEN_MS),
});

import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Clock } from '../config/clock.js';
import { SECRETS, type Secrets } from '../config/secrets.js';
import { LetheError } from '../errors/lethe-error.js';
import { Limits } from '../limits/limits.service.js';
import { AccessTokens } from './access-tokens.js';
import { AccountRow } from './account.entity.js';
import { type IssuedTokens, issueTokens } from './issued-tokens.js';
import { lockedAccount } from './locked-account.js';
import { RefreshTokenRow } from './refresh-token.entity.js';
import { hashOfRefreshToken, successorOf } from './refresh-tokens.js';
import { Revocations } from './revocations.js';
import { SecurityEventKind } from './security-event.type.js';
import { SecurityEvents } from './security-events.service.js';
import { SessionRow } from './session.entity.js';
import { endSessions, rotateRefreshToken } from './sessions.queries.js';

/**
 * How a session goes on: every refresh token is used once and gives its successor. Using one again later than the
 * grace means that two hold it, and which one is the thief cannot be told: the session ends for both.
 *
 * Within the grace the same token gives the same successor, even when that was itself used meanwhile: of several tabs
 * one may be a step ahead, and its own grace has begun later. A thief gains nothing by it, since whoever of the two
 * comes second with that successor, later, is noticed then.
 */
@Injectable()
export class Refreshing {
  constructor(
    private readonly dataSource: DataSource,
    private readonly accessTokens: AccessTokens,
    private readonly revocations: Revocations,
    private readonly events: SecurityEvents,
    private readonly limits: Limits,
    private readonly clock: Clock,
    @Inject(SECRETS) private readonly secrets: Secrets,
  ) {}

  async refresh(token: string, address: string): Promise<IssuedTokens> {
    await this.limits.take('credentials', address);
    const { manager } = this.dataSource;
    const successor = successorOf(token, this.secrets);
    const session = await rotateRefreshToken(manager, {
      used: hashOfRefreshToken(token),
      successor: hashOfRefreshToken(successor),
      now: this.clock.now(),
    });
    const account = session && (await manager.findOneBy(AccountRow, { id: session.accountId }));
    if (!account) throw await this.refusal(token);
    return issueTokens(this.accessTokens, account, session, successor);
  }

  private async refusal(token: string): Promise<LetheError> {
    const { manager } = this.dataSource;
    const now = this.clock.now();
    const found = await manager.findOneBy(RefreshTokenRow, { tokenHash: hashOfRefreshToken(token) });
    if (!found)
      return refused('The refresh token is not one of this relay, or its session was ended.', 'TOKEN_INVALID');
    if (found.expiresAt <= now) return refused('The refresh token is past its time.', 'SESSION_EXPIRED');
    this.revocations.tell(await this.endReused(found.sessionId));
    return refused('The refresh token was used before. Its session was ended.', 'TOKEN_REUSED');
  }

  private endReused(sessionId: string): Promise<string[]> {
    return this.dataSource.transaction(async (manager) => {
      const session = await manager.findOneBy(SessionRow, { id: sessionId });
      if (session) await lockedAccount(manager, session.accountId);
      const ended = await endSessions(manager, this.clock.now(), 'id = $2', sessionId);
      // Of two who come with it at once, one ends the session and tells of it.
      if (session && ended.length > 0)
        await this.events.write(manager, SecurityEventKind.TOKEN_REUSED, { ...session, sessionId });
      return ended;
    });
  }
}

const refused = (message: string, reason: 'TOKEN_INVALID' | 'SESSION_EXPIRED' | 'TOKEN_REUSED') =>
  new LetheError('UNAUTHENTICATED', message, { reason });

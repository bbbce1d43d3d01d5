import type { AccessTokens } from './access-tokens.js';
import type { AccountRow } from './account.entity.js';
import type { SessionRow } from './session.entity.js';

/** What a session hands to its client; clients see it as `AuthPayload`. */
export interface IssuedTokens {
  accessToken: string;
  accessTokenExpiresAt: Date;
  refreshToken: string;
  refreshTokenExpiresAt: Date;
  account: AccountRow;
  sessionId: string;
  deviceId: string | null;
}

export function issueTokens(
  accessTokens: AccessTokens,
  account: AccountRow,
  session: Pick<SessionRow, 'id' | 'deviceId' | 'expiresAt'>,
  refreshToken: string,
): IssuedTokens {
  const { token, expiresAt } = accessTokens.issue({
    accountId: account.id,
    sessionId: session.id,
    deviceId: session.deviceId ?? undefined,
  });
  return {
    accessToken: token,
    accessTokenExpiresAt: expiresAt,
    refreshToken,
    refreshTokenExpiresAt: session.expiresAt,
    account,
    sessionId: session.id,
    deviceId: session.deviceId,
  };
}

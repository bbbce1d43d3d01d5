import { Injectable } from '@nestjs/common';
import { LetheError } from '../errors/lethe-error.js';
import type { Identity } from '../graphql/operation-context.js';
import { AccessTokens } from './access-tokens.js';
import { Revocations } from './revocations.js';

/** Says whose access token it is, without asking the database. */
@Injectable()
export class Authenticator {
  constructor(
    private readonly accessTokens: AccessTokens,
    private readonly revocations: Revocations,
  ) {}

  /** For the header `Authorization: Bearer …` (RFC 6750). */
  identify(authorization: string | undefined): Identity | LetheError | undefined {
    if (authorization === undefined) return undefined;
    const [, token = ''] = /^Bearer +(\S+)$/i.exec(authorization) ?? [];
    return this.identifyToken(token);
  }

  identifyToken(token: string): Identity | LetheError {
    const identity = this.accessTokens.verify(token);
    if (identity instanceof LetheError || !this.revocations.has(identity.sessionId)) return identity;
    return new LetheError('UNAUTHENTICATED', 'The session was ended. Log in again.', { reason: 'SESSION_REVOKED' });
  }
}

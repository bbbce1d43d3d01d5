import type { LetheError } from '../errors/lethe-error.js';

/** What an access token says about its bearer. */
export interface Identity {
  readonly accountId: string;
  readonly sessionId: string;
  readonly deviceId: string | undefined;
  readonly expiresAt: Date;
}

/** The GraphQL context of one operation, the same over HTTP and sockets. */
export interface OperationContext {
  /** Absent: no token was sent. An error: the token was refused, which only matters where one is needed. */
  readonly identity: Identity | LetheError | undefined;
  /** Address of the client, for rate limits only. */
  readonly address: string;
  /** Whom the client asked, as its `Host` header says. */
  readonly host?: string | undefined;
}

import { createHash, type KeyObject } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import jwt from 'jsonwebtoken';
import { z } from 'zod';
import { Clock } from '../config/clock.js';
import { SECRETS, type Secrets } from '../config/secrets.js';
import { SETTINGS, type Settings } from '../config/settings.js';
import { LetheError } from '../errors/lethe-error.js';
import type { Identity } from '../graphql/operation-context.js';

/** 15 minutes. */
export const ACCESS_TOKEN_MS = 15 * 60 * 1000;

const AUDIENCE = 'lethe';
const MOST_REMEMBERED = 20_000;

const claimsShape = z.object({
  sub: z.uuid(),
  sid: z.uuid(),
  did: z.uuid().optional(),
  exp: z.int(),
});

/** A public key as in RFC 7517. */
export interface PublicJwk {
  kty: string;
  crv: string;
  x: string;
  y: string;
  kid: string;
  use: 'sig';
  alg: 'ES256';
}

/** Signs and verifies access tokens (RFC 7519, ES256). */
@Injectable()
export class AccessTokens {
  readonly publicKeys: readonly PublicJwk[];
  private readonly verifyingKeys: ReadonlyMap<string, KeyObject>;
  private readonly issuer: string;
  private readonly remembered = new Map<string, Identity>();

  constructor(
    @Inject(SECRETS) private readonly secrets: Secrets,
    @Inject(SETTINGS) settings: Settings,
    private readonly clock: Clock,
  ) {
    // Processes of one deployment may listen on different ports and must accept each other's tokens.
    this.issuer = settings.LETHE_PUBLIC_URL ?? 'lethe';
    this.publicKeys = secrets.verifyingKeys.map(publicJwk);
    this.verifyingKeys = new Map(secrets.verifyingKeys.map((key) => [publicJwk(key).kid, key]));
  }

  issue({ accountId, sessionId, deviceId }: Omit<Identity, 'expiresAt'>): { token: string; expiresAt: Date } {
    const issuedAt = this.seconds();
    const expiresAt = issuedAt + ACCESS_TOKEN_MS / 1000;
    const claims = {
      iss: this.issuer,
      aud: AUDIENCE,
      sub: accountId,
      sid: sessionId,
      ...(deviceId !== undefined && { did: deviceId }),
      iat: issuedAt,
      exp: expiresAt,
    };
    const token = jwt.sign(claims, this.secrets.signingKey, { algorithm: 'ES256', keyid: this.publicKeys[0]?.kid });
    return { token, expiresAt: new Date(expiresAt * 1000) };
  }

  verify(token: string): Identity | LetheError {
    // By hash: what stays in memory cannot be used to log in.
    const key = createHash('sha256').update(token).digest('base64');
    const identity = this.remembered.get(key) ?? this.verifyAnew(token);
    if (identity instanceof LetheError) return identity;
    if (identity.expiresAt <= this.clock.now()) {
      this.remembered.delete(key);
      return expired();
    }
    this.remember(key, identity);
    return identity;
  }

  private verifyAnew(token: string): Identity | LetheError {
    try {
      const claims = claimsShape.parse(
        jwt.verify(token, this.keyNamedIn(token), {
          algorithms: ['ES256'],
          issuer: this.issuer,
          audience: AUDIENCE,
          clockTimestamp: this.seconds(),
        }),
      );
      return {
        accountId: claims.sub,
        sessionId: claims.sid,
        deviceId: claims.did,
        expiresAt: new Date(claims.exp * 1000),
      };
    } catch (error) {
      return error instanceof jwt.TokenExpiredError ? expired() : invalid();
    }
  }

  private keyNamedIn(token: string): KeyObject {
    const key = this.verifyingKeys.get(jwt.decode(token, { complete: true })?.header.kid ?? '');
    if (!key) throw new jwt.JsonWebTokenError('No such key.');
    return key;
  }

  private remember(key: string, identity: Identity): void {
    if (this.remembered.has(key)) return;
    const [oldest] = this.remembered.keys();
    if (this.remembered.size >= MOST_REMEMBERED && oldest !== undefined) this.remembered.delete(oldest);
    this.remembered.set(key, identity);
  }

  private seconds(): number {
    return Math.floor(this.clock.now().getTime() / 1000);
  }
}

const expired = () =>
  new LetheError('UNAUTHENTICATED', 'The access token is past its time.', { reason: 'SESSION_EXPIRED' });

const invalid = () =>
  new LetheError('UNAUTHENTICATED', 'The access token is not one of this relay.', { reason: 'TOKEN_INVALID' });

/** `kid` is the key's thumbprint (RFC 7638): it needs no bookkeeping and no two keys share one. */
function publicJwk(key: KeyObject): PublicJwk {
  const { crv = '', kty = '', x = '', y = '' } = key.export({ format: 'jwk' });
  const kid = createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url');
  return { kty, crv, x, y, kid, use: 'sig', alg: 'ES256' };
}

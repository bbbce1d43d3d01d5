import { Controller, Get, Header } from '@nestjs/common';
import { AccessTokens, type PublicJwk } from './access-tokens.js';
import { Public } from './public.js';

/** The keys that verify access tokens (RFC 7517), the signing one first. */
@Controller('.well-known/jwks.json')
export class JwksController {
  constructor(private readonly accessTokens: AccessTokens) {}

  @Get()
  @Public()
  @Header('Cache-Control', 'public, max-age=300')
  keys(): { keys: readonly PublicJwk[] } {
    return { keys: this.accessTokens.publicKeys };
  }
}

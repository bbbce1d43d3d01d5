import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { GqlExecutionContext, type GqlContextType } from '@nestjs/graphql';
import { LetheError } from '../errors/lethe-error.js';
import type { OperationContext } from '../graphql/operation-context.js';
import { IS_PUBLIC } from './public.js';

/** Refuses strangers everywhere, unless a door says `@Public()`: forgetting to say anything keeps it shut. */
@Injectable()
export class ViewerGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    if (this.reflector.getAllAndOverride(IS_PUBLIC, [context.getHandler(), context.getClass()])) return true;
    const identity = identityIn(context);
    if (identity instanceof LetheError) throw identity;
    if (identity) return true;
    throw new LetheError('UNAUTHENTICATED', 'This needs an access token.', { reason: 'TOKEN_MISSING' });
  }
}

// Only GraphQL operations carry an identity: a route that is not public answers nobody.
function identityIn(context: ExecutionContext): OperationContext['identity'] {
  if (context.getType<GqlContextType>() !== 'graphql') return undefined;
  return GqlExecutionContext.create(context).getContext<OperationContext>().identity;
}

import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { GraphQLFormattedError } from 'graphql';
import { type ErrorCode, httpStatus } from './error-codes.js';
import { LetheError } from './lethe-error.js';
import { Log } from './log.js';
import { outgoingError } from './outgoing-error.js';

/** What refuses a request before GraphQL sees it, or outside of GraphQL, is answered in the shape of GraphQL too. */
@Catch()
export class HttpErrorFilter implements ExceptionFilter {
  constructor(
    private readonly log: Log,
    private readonly count: (errors: readonly GraphQLFormattedError[]) => void,
  ) {}

  catch(error: unknown, host: ArgumentsHost): void {
    // Within an operation GraphQL itself carries the error on.
    if (host.getType<string>() !== 'http') throw error;
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    // Of Nest, or of Fastify, which Nest has made its own.
    const status = error instanceof HttpException ? error.getStatus() : 500;
    if (status < 500) return this.answer(reply, status, refusedRequest(status).errors);
    const answer = outgoingError(error, this.log.unexpected);
    const { code, retryAfterMs } = answer.extensions as { code: ErrorCode; retryAfterMs?: number };
    if (retryAfterMs !== undefined) void reply.header('retry-after', Math.ceil(retryAfterMs / 1000));
    this.answer(reply, httpStatus[code], [answer]);
  }

  private answer(reply: FastifyReply, status: number, errors: GraphQLFormattedError[]): void {
    this.count(errors);
    void reply.code(status).send({ errors });
  }
}

/** A refusal of Nest or Fastify in our words: theirs quote the request. */
export function refusedRequest(status: number): { errors: GraphQLFormattedError[] } {
  const { code, reason, message } = refusals[status]?.() ?? malformed('The request is malformed.');
  return { errors: [{ message, extensions: { code, ...(reason && { reason }) } }] };
}

const malformed = (message: string) => new LetheError('BAD_USER_INPUT', message, { reason: 'QUERY_MALFORMED' });

const refusals: Record<number, () => LetheError> = {
  404: () => new LetheError('NOT_FOUND', 'There is nothing at this path.'),
  405: () => malformed('Operations are sent with POST.'),
  413: () => new LetheError('LIMIT_REACHED', 'The body is too large.', { reason: 'TOO_LARGE' }),
  415: () => malformed('The body must be application/json.'),
};

import { CombinedGraphQLErrors, ServerError } from '@apollo/client/errors';

/** `extensions` of an error of the relay: `code` says what to do, `reason` why. */
export interface Refusal {
  code: string;
  reason?: string;
  retryAfterMs?: number;
  fields?: { path: string; message: string }[];
  epoch?: number;
  minEpoch?: number;
  ref?: string;
}

/** What the relay said. Undefined when it was not reached, or something in between answered. */
export function refusalOf(error: unknown): Refusal | undefined {
  if (CombinedGraphQLErrors.is(error)) return error.errors[0]?.extensions as Refusal | undefined;
  // A request that is refused before it becomes an operation has another status than 200, and the same body.
  return ServerError.is(error) ? refusalIn(error.bodyText) : undefined;
}

function refusalIn(body: string): Refusal | undefined {
  try {
    const { errors } = JSON.parse(body) as { errors?: { extensions?: Refusal }[] };
    return errors?.[0]?.extensions;
  } catch {
    return undefined;
  }
}

/** Milliseconds to wait before asking again. Undefined when asking again is of no use. */
export function patience(error: unknown, attempt: number): number | undefined {
  const refusal = refusalOf(error);
  // At random, so that all who were refused together, or lost one relay, do not come back at the same moment.
  const scattered = Math.random() * Math.min(30_000, 250 * 2 ** attempt);
  if (refusal?.code === 'RATE_LIMITED') return (refusal.retryAfterMs ?? 0) + scattered;
  const isTemporary = refusal ? refusal.code === 'UNAVAILABLE' : !isFinal(error);
  return isTemporary ? scattered : undefined;
}

const isFinal = (error: unknown) => error instanceof SessionOver || (ServerError.is(error) && error.statusCode < 500);

/** Whoever gets this must log in again. */
export class SessionOver extends Error {}

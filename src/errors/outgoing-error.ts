import { randomUUID } from 'node:crypto';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { databaseFault } from './database-fault.js';
import { type FieldFault, LetheError, notFound } from './lethe-error.js';
import { requestFault, variablePath } from './request-fault.js';

const FOREIGN_KEY_VIOLATION = '23503';

/** Told of every error that nobody expected, under the `ref` the client was given. */
type UnexpectedErrorLog = (ref: string, error: unknown) => void;

/**
 * Decides what leaves the house. Plugged into every door: Apollo's `formatError`, the socket server's `onNext` and
 * `onError`, and the HTTP error filter.
 */
export function outgoingError(error: unknown, log: UnexpectedErrorLog): GraphQLFormattedError {
  const causes = causesOf(error);
  const cause = causes.at(-1);
  const known: LetheError | undefined =
    cause instanceof LetheError ? cause : (databaseFault(cause) ?? goneMeanwhile(cause) ?? requestFault(causes));
  const place = placeOf(error);
  if (known) return { message: known.message, ...place, extensions: extensionsOf(known, causes) };
  const ref = randomUUID();
  log(ref, cause);
  return { message: 'Something went wrong.', ...place, extensions: { code: 'INTERNAL_SERVER_ERROR', ref } };
}

/** A row was to refer to something that somebody else deleted since it was looked at. */
const goneMeanwhile = (cause: unknown): LetheError | undefined =>
  cause instanceof Error && (cause as Error & { code?: unknown }).code === FOREIGN_KEY_VIOLATION
    ? notFound()
    : undefined;

/** The error and what it was made from, outermost first. */
function causesOf(error: unknown): unknown[] {
  const causes = [error];
  for (let cause = error; cause instanceof GraphQLError && cause.originalError; causes.push(cause)) {
    cause = cause.originalError;
  }
  return causes;
}

function placeOf(error: unknown): Pick<GraphQLFormattedError, 'path' | 'locations'> {
  if (!(error instanceof GraphQLError)) return {};
  return { ...(error.path && { path: error.path }), ...(error.locations && { locations: error.locations }) };
}

function extensionsOf({ code, reason, details, message }: LetheError, causes: unknown[]) {
  const path = details.fields ? undefined : variablePath(causes);
  const fields: FieldFault[] | undefined = path === undefined ? undefined : [{ path, message }];
  return { code, ...(reason && { reason }), ...details, ...(fields && { fields }) };
}

import { LetheError } from './lethe-error.js';

const gone = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  '57P01', // admin_shutdown
  '57P02', // crash_shutdown
  '57P03', // cannot_connect_now
  '08000', // connection_exception
  '08003', // connection_does_not_exist
  '08006', // connection_failure
  '25P03', // idle_in_transaction_session_timeout
]);

const congested = new Set([
  '57014', // query_canceled, by statement_timeout
  '55P03', // lock_not_available, by lock_timeout
  '53300', // too_many_connections
  '40P01', // deadlock_detected
  '40001', // serialization_failure
]);

const goneInWords =
  /Connection terminated|Query read timeout|timeout exceeded when trying to connect|Client has encountered a connection error/;

// TypeORM gives a connection back as soon as it breaks; the transaction that was on it finds out with its next query.
const releasedByFault = /^QueryRunner(Provider)?AlreadyReleasedError$/;

/** What a client is told of an error that PostgreSQL or the way to it gave. Undefined: it is none of those. */
export function databaseFault(error: unknown): LetheError<'UNAVAILABLE'> | undefined {
  if (!(error instanceof Error)) return undefined;
  const code = String((error as Error & { code?: unknown }).code);
  if (gone.has(code) || goneInWords.test(error.message) || releasedByFault.test(error.name)) {
    return new LetheError('UNAVAILABLE', 'The database cannot be reached. Try again.', { reason: 'DATABASE_DOWN' });
  }
  if (congested.has(code)) {
    return new LetheError('UNAVAILABLE', 'The database is busy. Try again.', { reason: 'OVERLOADED' });
  }
  return undefined;
}

/** True when the database is away or the outcome unknown: trying again is right. */
export const isDatabaseDown = (error: unknown): boolean => databaseFault(error) !== undefined;

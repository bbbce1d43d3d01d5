import { SettingsError, type Settings } from './config/settings.js';
import { LetheError } from './errors/lethe-error.js';

/** Says in its message all that an operator needs. */
export class StartFailure extends Error {}

const unreachable = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'ETIMEDOUT',
  '57P03', // cannot_connect_now
  '53300', // too_many_connections
]);

const postgresAdvice: Record<string, string> = {
  '28P01': 'PostgreSQL refused the password. Correct user and password in DATABASE_URL.',
  '28000': 'PostgreSQL refused the user. Correct DATABASE_URL, or let the user in (pg_hba.conf).',
  '3D000': 'The database of DATABASE_URL does not exist. Create it, or correct DATABASE_URL.',
  '42501': 'The user of DATABASE_URL may not create the tables. Make that user the owner of the database.',
};

/** What is said when the relay cannot start: the fault and what to do. A fault nobody foresaw shows where it happened. */
export function startFailure(error: unknown): string {
  return `\nLethe could not start. ${faultInWords(error)}\n`;
}

export function faultInWords(error: unknown): string {
  return error instanceof Error ? (advice(error) ?? error.stack ?? error.message) : String(error);
}

function advice(error: NodeJS.ErrnoException): string | undefined {
  const { code = '', message, path } = error;
  if (error instanceof SettingsError || error instanceof StartFailure || error instanceof LetheError) return message;
  if (code in postgresAdvice) return `${postgresAdvice[code]} (${message})`;
  if (unreachable.has(code) || /timeout|Connection terminated/.test(message)) {
    return `PostgreSQL cannot be reached. Start it, or correct DATABASE_URL. (${wordsOf(error)})`;
  }
  if (/SASL|does not support SSL|certificate/.test(message))
    return `DATABASE_URL does not fit the server. (${message})`;
  if (path === undefined) return undefined;
  return `A file cannot be used. Correct its rights, or set LETHE_DATA to another folder. (${message})`;
}

// Of several addresses tried, each has its own error and the whole has no message.
function wordsOf(error: Error): string {
  return error instanceof AggregateError ? error.errors.map((one: Error) => one.message).join('; ') : error.message;
}

export function listenFailure({ PORT, LETHE_HOST }: Settings): (error: NodeJS.ErrnoException) => never {
  return ({ code, message }) => {
    throw new StartFailure(
      code === 'EADDRINUSE'
        ? `Port ${PORT} is taken by another program. Stop that one, or set PORT to another number (0 takes a free one).`
        : `It cannot listen on port ${PORT} of ${LETHE_HOST}. Correct PORT and LETHE_HOST. (${message})`,
    );
  };
}

import { randomUUID } from 'node:crypto';
import type { Log } from './errors/log.js';

/**
 * After an error that nobody caught, nobody knows what state the process is in. What it acknowledged is in PostgreSQL
 * and clients resume by cursor, so ending loses nothing; going on might. Node hands over unhandled rejections as well.
 */
export function endOnUncaughtErrors(log: Log): void {
  process.on('uncaughtException', (error) => {
    log.unexpected(randomUUID(), error);
    process.exit(1);
  });
}

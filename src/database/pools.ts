import pg from 'pg';
import type { Log } from '../errors/log.js';
import { GENERAL_CONNECTIONS, sessionTimeouts } from './data-source-options.js';

const most = { append: 4, read: 6, claims: 4, mailbox: 4, chores: 3 };

export const CONNECTIONS_OF_A_PROCESS = Object.values(most).reduce((sum, pool) => sum + pool, GENERAL_CONNECTIONS);

/**
 * Connections of the hot paths, apart from everybody else's and from each other: a storm of resuming followers or of
 * claims, or a large sweep, cannot starve posting. Statements are named, so PostgreSQL plans each once a connection.
 */
export class Pools {
  readonly append: pg.Pool;
  readonly read: pg.Pool;
  readonly claims: pg.Pool;
  readonly mailbox: pg.Pool;
  readonly chores: pg.Pool;

  private away = false;

  constructor(url: string, log: Log) {
    this.append = pool(url, 'lethe append', most.append);
    this.read = pool(url, 'lethe read', most.read);
    this.claims = pool(url, 'lethe claims', most.claims);
    this.mailbox = pool(url, 'lethe mailbox', most.mailbox);
    this.chores = pool(url, 'lethe chores', most.chores);
    for (const made of Object.values(this.all)) {
      // Of a connection that broke while nobody used it; without a listener the process would end.
      made.on('error', () => this.turn('away', log));
      made.on('connect', () => this.turn('back', log));
    }
  }

  /** By the name they have in metrics. */
  get all(): Record<keyof typeof most, pg.Pool> {
    const { append, read, claims, mailbox, chores } = this;
    return { append, read, claims, mailbox, chores };
  }

  /** Said once, however many connections break. */
  private turn(state: 'away' | 'back', log: Log): void {
    if (this.away === (state === 'away')) return;
    this.away = state === 'away';
    if (this.away) log.warn('PostgreSQL ended connections: clients are told to try again until it answers');
    else log.info('PostgreSQL answers again');
  }

  async end(): Promise<void> {
    await Promise.all(Object.values(this.all).map((pool) => pool.end()));
  }
}

function pool(connectionString: string, application_name: string, max: number): pg.Pool {
  return new pg.Pool({
    connectionString,
    application_name,
    max,
    keepAlive: true,
    // PostgreSQL keeps its own timeouts only while it runs: a stopped one, or a cut wire, shows here.
    query_timeout: 5_000,
    ...sessionTimeouts,
  });
}

import pg from 'pg';
import { GENERAL_CONNECTIONS, sessionTimeouts } from './data-source-options.js';

const most = { append: 4, read: 6, claims: 4 };

export const CONNECTIONS_OF_A_PROCESS = Object.values(most).reduce((sum, pool) => sum + pool, GENERAL_CONNECTIONS);

/**
 * Connections of the hot paths, apart from everybody else's and from each other: a storm of resuming followers or of
 * claims cannot starve posting. Statements are named, so PostgreSQL plans each once a connection.
 */
export class Pools {
  readonly append: pg.Pool;
  readonly read: pg.Pool;
  readonly claims: pg.Pool;

  constructor(url: string) {
    this.append = pool(url, 'lethe append', most.append);
    this.read = pool(url, 'lethe read', most.read);
    this.claims = pool(url, 'lethe claims', most.claims);
  }

  /** By the name they have in metrics. */
  get all(): Record<'append' | 'read' | 'claims', pg.Pool> {
    const { append, read, claims } = this;
    return { append, read, claims };
  }

  async end(): Promise<void> {
    await Promise.all(Object.values(this.all).map((pool) => pool.end()));
  }
}

function pool(connectionString: string, application_name: string, max: number): pg.Pool {
  const made = new pg.Pool({
    connectionString,
    application_name,
    max,
    keepAlive: true,
    // PostgreSQL keeps its own timeouts only while it runs: a stopped one, or a cut wire, shows here.
    query_timeout: 5_000,
    ...sessionTimeouts,
  });
  made.on('error', () => undefined);
  return made;
}

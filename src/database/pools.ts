import pg from 'pg';
import { sessionTimeouts } from './data-source-options.js';

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

  constructor(url: string) {
    this.append = pool(url, 'lethe append', 4);
    this.read = pool(url, 'lethe read', 6);
    this.claims = pool(url, 'lethe claims', 4);
    this.mailbox = pool(url, 'lethe mailbox', 4);
    this.chores = pool(url, 'lethe chores', 3);
  }

  async end(): Promise<void> {
    const pools = [this.append, this.read, this.claims, this.mailbox, this.chores];
    await Promise.all(pools.map((pool) => pool.end()));
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

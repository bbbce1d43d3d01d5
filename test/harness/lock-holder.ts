import pg from 'pg';
import type { TestRelay } from './relay.js';
import { within } from './within.js';

/** A transaction beside the relay's own that holds locks, so that what happens at the same moment queues in a known order. */
export class LockHolder {
  private constructor(
    private readonly relay: TestRelay,
    private readonly client: pg.Client,
  ) {}

  static async locks(relay: TestRelay, sql: string, values: unknown[]): Promise<LockHolder> {
    const client = new pg.Client(relay.databaseUrl);
    await client.connect();
    await client.query('BEGIN');
    await client.query(sql, values);
    return new LockHolder(relay, client);
  }

  /** Resolves once so many others wait for locks. */
  queue(length: number): Promise<void> {
    const waiting = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    return within(5_000, async () => (await this.relay.rows(waiting)).length === length);
  }

  async does(sql: string, values: unknown[]): Promise<void> {
    await this.client.query(sql, values);
  }

  async lets(): Promise<void> {
    await this.client.query('COMMIT');
    await this.client.end();
  }
}

import { randomUUID } from 'node:crypto';
import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Clock } from '../config/clock.js';
import { Pools } from '../database/pools.js';
import { SocketServer } from '../realtime/socket-server.js';

const TELL_MS = 10_000;
/** Who has said nothing for so long has ended. */
const GONE_MS = 3 * TELL_MS;

/** How many sockets are open, in all processes: each says so of itself every ten seconds, with or without Redis. */
@Injectable()
export class RelayProcesses implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly id = randomUUID();
  private timer: NodeJS.Timeout | undefined;
  private telling: Promise<void> | undefined;

  constructor(
    private readonly pools: Pools,
    private readonly sockets: SocketServer,
    private readonly clock: Clock,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => this.tellSoon(), TELL_MS).unref();
    this.tellSoon();
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.timer);
    await this.telling;
    await this.pools.chores.query('DELETE FROM relay_processes WHERE id = $1', [this.id]).catch(() => undefined);
  }

  /** Of this process as it is now, of others as they last said. */
  async openSockets(): Promise<number> {
    const { rows } = await this.pools.read.query<{ count: number }>(
      'SELECT coalesce(sum(open_sockets), 0)::int AS count FROM relay_processes WHERE id <> $1 AND seen_at > $2',
      [this.id, this.goneBefore()],
    );
    return (rows[0]?.count ?? 0) + this.sockets.count;
  }

  private tellSoon(): void {
    // While PostgreSQL is away there is nobody to tell.
    this.telling = this.tell().catch(() => undefined);
  }

  private async tell(): Promise<void> {
    await this.pools.chores.query(
      `WITH gone AS (DELETE FROM relay_processes WHERE seen_at <= $4)
       INSERT INTO relay_processes (id, open_sockets, seen_at) VALUES ($1, $2, $3)
       ON CONFLICT ON CONSTRAINT relay_processes_pkey
       DO UPDATE SET open_sockets = EXCLUDED.open_sockets, seen_at = EXCLUDED.seen_at`,
      [this.id, this.sockets.count, this.clock.now(), this.goneBefore()],
    );
  }

  private goneBefore(): Date {
    return new Date(this.clock.now().getTime() - GONE_MS);
  }
}

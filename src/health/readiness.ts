import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { withinDeadline } from '../errors/deadline.js';
import { RedisAccess } from '../redis/redis.module.js';

export interface ReadinessReport {
  /** `degraded`: without Redis news takes up to a second and limits are counted per process; nothing is lost. */
  status: 'ready' | 'degraded' | 'unavailable' | 'draining';
  dependencies: { database: 'up' | 'down'; redis: 'up' | 'away' | 'not configured' };
}

const ANSWER_WITHIN_MS = 1_000;

/** Whether this process can serve clients, and what it does without. */
@Injectable()
export class Readiness {
  private draining = false;
  private asking: Promise<boolean> | undefined;

  constructor(
    private readonly dataSource: DataSource,
    private readonly redis: RedisAccess,
  ) {}

  /** From now on load balancers are told to look elsewhere. */
  drain(): void {
    this.draining = true;
  }

  async report(): Promise<ReadinessReport> {
    const database = (await this.databaseAnswers()) ? 'up' : 'down';
    const { connections } = this.redis;
    const redis = !connections ? 'not configured' : connections.ready ? 'up' : 'away';
    const status = this.draining
      ? 'draining'
      : database === 'down'
        ? 'unavailable'
        : redis === 'away'
          ? 'degraded'
          : 'ready';
    return { status, dependencies: { database, redis } };
  }

  /** However many ask at once, PostgreSQL is asked once. */
  private databaseAnswers(): Promise<boolean> {
    this.asking ??= this.askDatabase().finally(() => (this.asking = undefined));
    return this.asking;
  }

  private async askDatabase(): Promise<boolean> {
    try {
      await withinDeadline(ANSWER_WITHIN_MS, this.dataSource.query('SELECT 1'));
      return true;
    } catch {
      return false;
    }
  }
}

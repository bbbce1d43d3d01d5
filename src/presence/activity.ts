import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Clock } from '../config/clock.js';
import { wereActive } from './presence.queries.js';

const MOST_A_STATEMENT = 1_000;

export const minuteOf = (time: Date) => new Date(Math.floor(time.getTime() / 60_000) * 60_000);

/** Writes down when accounts were there, many at once when many come and go. */
@Injectable()
export class Activity {
  private readonly waiting = new Set<string>();
  private writing: Promise<void> | undefined;

  constructor(
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
  ) {}

  /** Resolves once it is written, or has failed. */
  note(accountId: string): Promise<void> {
    this.waiting.add(accountId);
    this.writing ??= this.write().finally(() => (this.writing = undefined));
    return this.writing;
  }

  private async write(): Promise<void> {
    while (this.waiting.size > 0) {
      const accountIds = [...this.waiting].slice(0, MOST_A_STATEMENT);
      for (const accountId of accountIds) this.waiting.delete(accountId);
      // Without the database it is not written: a hint that the next coming or going replaces.
      await wereActive(this.dataSource, accountIds, minuteOf(this.clock.now())).catch(() => undefined);
    }
  }
}

import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { CronJob } from 'cron';
import { Clock } from '../config/clock.js';
import { SETTINGS, type Settings } from '../config/settings.js';
import { Log } from '../errors/log.js';
import { ChoreRunner } from './chore-runner.service.js';
import { type Chore, chores } from './chores.js';

const MINUTE_MS = 60_000;

/** Puts the chores on the clock, in every process that may. The registry takes them off it when the process stops. */
@Injectable()
export class ChoreSchedule implements OnApplicationBootstrap {
  constructor(
    private readonly registry: SchedulerRegistry,
    private readonly runner: ChoreRunner,
    private readonly clock: Clock,
    private readonly log: Log,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  onApplicationBootstrap(): void {
    if (!this.settings.LETHE_CHORES) return;
    for (const chore of chores) {
      const onTick = () => this.due(chore);
      const job = CronJob.from({ cronTime: chore.schedule, onTick, utcOffset: 0, unrefTimeout: true, start: true });
      this.registry.addCronJob(chore.name, job);
    }
  }

  private async due(chore: Chore): Promise<void> {
    // Timers of different processes fire a little apart: to the minute they mean the same slot.
    const slot = new Date(Math.round(this.clock.now().getTime() / MINUTE_MS) * MINUTE_MS);
    try {
      await this.runner.run(chore, { slot, dryRun: false });
    } catch {
      // PostgreSQL is away or this process is stopping. The next slot finds all that is due.
      this.log.warn('a chore was not begun or its end not written', { chore: chore.name });
    }
  }
}

import { Injectable } from '@nestjs/common';
import type { Queryable } from '../database/queryable.js';
import { Topics } from '../realtime/topics.js';
import { takeReminders } from './pre-key-upkeep.queries.js';

/** Reminds devices of what their prekeys need while they listen; whoever begins to listen is told right then. */
@Injectable()
export class PreKeyReminders {
  constructor(private readonly topics: Topics) {}

  async remind(database: Queryable, now: Date, limit: number): Promise<number> {
    const reminders = await takeReminders(database, now, limit);
    for (const { deviceId, low, stale } of reminders) {
      if (low) this.topics.publish('pre-keys-low', { deviceId });
      if (stale) this.topics.publish('signed-pre-key-stale', { deviceId });
    }
    return reminders.length;
  }
}

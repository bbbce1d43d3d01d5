import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Clock } from '../config/clock.js';
import { DeviceChanges } from '../keys/device-changes.js';
import { Topics } from '../realtime/topics.js';
import { appendDevicesChanged } from './membership.queries.js';

/**
 * Every channel of an account learns from its own log that the account's devices are others now. Devices are told as
 * well, on this account and on others: who is in no channel has no log.
 */
@Injectable()
export class DeviceAnnouncements implements OnModuleInit {
  constructor(
    private readonly changes: DeviceChanges,
    private readonly topics: Topics,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.changes.onChange(async (manager, { accountId, kind }) => {
      // A lost device is left out like a removed member: nothing sealed for it is taken any more.
      const places = await appendDevicesChanged(manager, accountId, kind === 'DEACTIVATED', this.clock.now());
      return () => {
        this.topics.publish('devices-changed', { accountId });
        if (places.length === 0) return;
        this.topics.publish('log-grew', { heads: places.map(({ channelId, seq }) => [channelId, seq]) });
      };
    });
  }
}

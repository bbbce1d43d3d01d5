import { Injectable, type OnModuleInit } from '@nestjs/common';
import { AccountClosings } from '../auth/account-closings.js';
import { Clock } from '../config/clock.js';
import { Topics } from '../realtime/topics.js';
import { forgetAccount, handOver, lockHeadsOf } from './departure.queries.js';

/** An account that is deleted leaves every channel first, and its name in their logs is replaced by one that is nobody's. */
@Injectable()
export class AccountDepartures implements OnModuleInit {
  constructor(
    private readonly closings: AccountClosings,
    private readonly topics: Topics,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.closings.onClosing(async (manager, accountId) => {
      await lockHeadsOf(manager, accountId);
      await handOver(manager, accountId);
      const places = await forgetAccount(manager, accountId, this.clock.now());
      return () => {
        if (places.length === 0) return;
        this.topics.publish('log-grew', { heads: places.map(({ channelId, seq }) => [channelId, seq]) });
      };
    });
  }
}

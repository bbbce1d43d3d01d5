import { Injectable, type OnModuleInit } from '@nestjs/common';
import { AccountClosings } from '../auth/account-closings.js';
import { Clock } from '../config/clock.js';
import { Topics } from '../realtime/topics.js';
import { leaveAllServers } from '../servers/server-members.queries.js';
import { deleteServers } from '../servers/servers.queries.js';
import { deleteChannels, emptiedBy } from './deletion.queries.js';
import { forgetAccount, handOver, lockHeadsOf } from './departure.queries.js';

/**
 * An account that is deleted leaves every server and channel first, and its name in their logs is replaced by one that
 * is nobody's. What nobody is left in goes with it. One handler for both: servers are locked before heads of channels.
 */
@Injectable()
export class AccountDepartures implements OnModuleInit {
  constructor(
    private readonly closings: AccountClosings,
    private readonly topics: Topics,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.closings.onClosing(async (manager, accountId) => {
      const at = this.clock.now();
      const emptyServers = await leaveAllServers(manager, accountId);
      await lockHeadsOf(manager, accountId, emptyServers);
      await handOver(manager, accountId);
      const channelIds = await emptiedBy(manager, accountId, emptyServers);
      await deleteChannels(manager, channelIds, at);
      await deleteServers(manager, emptyServers);
      const places = await forgetAccount(manager, accountId, at);
      return () => {
        if (channelIds.length > 0) this.topics.publish('channels-deleted', { channelIds });
        if (places.length === 0) return;
        this.topics.publish('log-grew', { heads: places.map(({ channelId, seq }) => [channelId, seq]) });
      };
    });
  }
}

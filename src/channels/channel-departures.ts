import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Clock } from '../config/clock.js';
import { MembershipChangeKind } from '../realtime/log-entry.js';
import { Topics } from '../realtime/topics.js';
import { ServerDepartures } from '../servers/server-departures.js';
import { deleteChannels, lockChannelsOf, membershipsOf } from './deletion.queries.js';
import { dismissFromChannelsOf } from './departure.queries.js';
import { tellLeft } from './former-memberships.js';

/** Who is out of a server is out of its channels, in the same transaction; and they go when it goes. */
@Injectable()
export class ChannelDepartures implements OnModuleInit {
  constructor(
    private readonly departures: ServerDepartures,
    private readonly topics: Topics,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.departures.onDeparture(async (manager, departure) => {
      const { serverId } = departure;
      const at = this.clock.now();
      if (departure.kind === 'DELETED') {
        const channelIds = await lockChannelsOf(manager, serverId);
        const memberships = await membershipsOf(manager, channelIds);
        await deleteChannels(manager, channelIds, at);
        return () => {
          if (channelIds.length > 0) this.topics.publish('channels-deleted', { channelIds });
          tellLeft(this.topics, memberships);
        };
      }
      const { accountId } = departure;
      const change = MembershipChangeKind[departure.kind];
      const places = await dismissFromChannelsOf(manager, serverId, accountId, change, at);
      return () => {
        if (places.length === 0) return;
        this.topics.publish('log-grew', { heads: places.map(({ channelId, seq }) => [channelId, seq]) });
        tellLeft(
          this.topics,
          places.map(({ channelId }) => [channelId, accountId]),
        );
      };
    });
  }
}

import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AccountDepartures } from './account-departures.js';
import { ServersModule } from '../servers/servers.module.js';
import { ChannelAccess } from './channel.access.js';
import { ChannelDepartures } from './channel-departures.js';
import { ChannelRow } from './channel.entity.js';
import { ChannelEntryRow } from './channel-entry.entity.js';
import { ChannelHeadRow } from './channel-head.entity.js';
import { ChannelMemberRow } from './channel-member.entity.js';
import { Channels } from './channels.service.js';
import { ChannelsResolver } from './channels.resolver.js';
import { DeletedChannelRow } from './deleted-channel.entity.js';
import { DeviceAnnouncements } from './device-announcements.js';
import { Members } from './members.service.js';
import { MembershipSignals } from './membership-signals.live.js';
import { ServerChannelsResolver } from './server-channels.resolver.js';
import { ServerChannels } from './server-channels.service.js';

@Module({
  imports: [
    ServersModule,
    TypeOrmModule.forFeature([ChannelRow, ChannelHeadRow, ChannelMemberRow, ChannelEntryRow, DeletedChannelRow]),
  ],
  providers: [
    AccountDepartures,
    ChannelAccess,
    ChannelDepartures,
    Channels,
    ChannelsResolver,
    DeviceAnnouncements,
    Members,
    MembershipSignals,
    ServerChannels,
    ServerChannelsResolver,
  ],
  exports: [ChannelAccess],
})
export class ChannelsModule {}

import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AccountDepartures } from './account-departures.js';
import { ChannelAccess } from './channel.access.js';
import { ChannelRow } from './channel.entity.js';
import { ChannelEntryRow } from './channel-entry.entity.js';
import { ChannelHeadRow } from './channel-head.entity.js';
import { ChannelMemberRow } from './channel-member.entity.js';
import { Channels } from './channels.service.js';
import { ChannelsResolver } from './channels.resolver.js';
import { DeviceAnnouncements } from './device-announcements.js';
import { Members } from './members.service.js';

@Module({
  imports: [TypeOrmModule.forFeature([ChannelRow, ChannelHeadRow, ChannelMemberRow, ChannelEntryRow])],
  providers: [ChannelAccess, Channels, Members, AccountDepartures, DeviceAnnouncements, ChannelsResolver],
  exports: [ChannelAccess],
})
export class ChannelsModule {}

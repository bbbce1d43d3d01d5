import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ChannelsModule } from '../channels/channels.module.js';
import { AccountPresenceRow } from './account-presence.entity.js';
import { Activity } from './activity.js';
import { PresenceWatch } from './presence.live.js';
import { PresenceResolver } from './presence.resolver.js';
import { PresenceService } from './presence.service.js';
import { SignsOfLife } from './signs-of-life.js';
import { TypingService } from './typing.service.js';

@Module({
  imports: [ChannelsModule, TypeOrmModule.forFeature([AccountPresenceRow])],
  providers: [Activity, SignsOfLife, PresenceService, PresenceWatch, TypingService, PresenceResolver],
})
export class PresenceModule {}

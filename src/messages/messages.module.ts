import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ChannelsModule } from '../channels/channels.module.js';
import { AppendQueries } from './append.queries.js';
import { Appender } from './appender.js';
import { Following } from './following.service.js';
import { History } from './history.service.js';
import { HistoryQueries } from './history.queries.js';
import { MessagesResolver } from './messages.resolver.js';
import { Posting } from './posting.service.js';
import { TrimmableLogRow } from './trimmable-log.entity.js';

@Module({
  imports: [ChannelsModule, TypeOrmModule.forFeature([TrimmableLogRow])],
  providers: [AppendQueries, Appender, Posting, HistoryQueries, History, Following, MessagesResolver],
})
export class MessagesModule {}

import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AttachmentsModule } from '../attachments/attachments.module.js';
import { ChannelsModule } from '../channels/channels.module.js';
import { AppendQueries } from './append.queries.js';
import { Appender } from './appender.js';
import { Following } from './following.service.js';
import { History } from './history.service.js';
import { HistoryQueries } from './history.queries.js';
import { MessageFieldsResolver } from './message-fields.resolver.js';
import { MessagesResolver } from './messages.resolver.js';
import { Posting } from './posting.service.js';
import { TrimmableLogRow } from './trimmable-log.entity.js';

@Module({
  imports: [ChannelsModule, AttachmentsModule, TypeOrmModule.forFeature([TrimmableLogRow])],
  providers: [
    AppendQueries,
    Appender,
    Posting,
    HistoryQueries,
    History,
    Following,
    MessagesResolver,
    MessageFieldsResolver,
  ],
})
export class MessagesModule {}

import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AttachmentsModule } from '../attachments/attachments.module.js';
import { ChannelsModule } from '../channels/channels.module.js';
import { AmendmentsQueries } from './amendments.queries.js';
import { Amendments } from './amendments.service.js';
import { AppendQueries } from './append.queries.js';
import { Appender } from './appender.js';
import { Following } from './following.service.js';
import { HiddenMessageRow } from './hidden-message.entity.js';
import { Hiding } from './hiding.service.js';
import { History } from './history.service.js';
import { HistoryQueries } from './history.queries.js';
import { MessageFieldsResolver } from './message-fields.resolver.js';
import { MessagesResolver } from './messages.resolver.js';
import { Posting } from './posting.service.js';
import { ReceiptHints } from './receipt-hints.js';
import { LiveReceipts } from './receipts.live.js';
import { ReceiptsQueries } from './receipts.queries.js';
import { ReceiptsResolver } from './receipts.resolver.js';
import { Receipts } from './receipts.service.js';
import { Retracting } from './retracting.service.js';
import { TrimmableLogRow } from './trimmable-log.entity.js';

@Module({
  imports: [ChannelsModule, AttachmentsModule, TypeOrmModule.forFeature([HiddenMessageRow, TrimmableLogRow])],
  providers: [
    AppendQueries,
    Appender,
    Posting,
    Retracting,
    HistoryQueries,
    History,
    Hiding,
    Following,
    AmendmentsQueries,
    Amendments,
    ReceiptsQueries,
    ReceiptHints,
    Receipts,
    LiveReceipts,
    MessagesResolver,
    MessageFieldsResolver,
    ReceiptsResolver,
  ],
  exports: [Appender],
})
export class MessagesModule {}

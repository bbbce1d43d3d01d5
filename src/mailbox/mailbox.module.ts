import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DeliverQueries } from './deliver.queries.js';
import { Delivering } from './delivering.service.js';
import { MailboxEntryRow, MailboxRetryKeyRow, MailboxRow } from './mailbox.entity.js';
import { LiveMailboxes } from './mailbox.live.js';
import { MailboxQueries } from './mailbox.queries.js';
import { MailboxResolver } from './mailbox.resolver.js';
import { Mailboxes } from './mailboxes.service.js';

@Module({
  imports: [TypeOrmModule.forFeature([MailboxRow, MailboxEntryRow, MailboxRetryKeyRow])],
  providers: [DeliverQueries, Delivering, LiveMailboxes, MailboxQueries, Mailboxes, MailboxResolver],
})
export class MailboxModule {}

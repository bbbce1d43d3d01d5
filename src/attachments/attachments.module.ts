import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ChannelsModule } from '../channels/channels.module.js';
import { Clock } from '../config/clock.js';
import { SECRETS } from '../config/secrets.js';
import { SETTINGS } from '../config/settings.js';
import { Log } from '../errors/log.js';
import { AttachmentAccess } from './attachment.access.js';
import { AttachmentClosings } from './attachment-closings.js';
import { AttachmentReleases } from './attachment-releases.js';
import { AttachmentRow } from './attachment.entity.js';
import { AttachmentUpkeep } from './attachment-upkeep.service.js';
import { AttachmentsResolver } from './attachments.resolver.js';
import { Attachments } from './attachments.service.js';
import { BLOB_STORE } from './blob-store.js';
import { DeletedObjectRow } from './deleted-object.entity.js';
import { Downloads } from './downloads.js';
import { FileRoutes } from './file-routes.js';
import { MessageAttachments } from './message-attachments.js';
import { openBlobStore } from './open-blob-store.js';

@Module({
  imports: [ChannelsModule, TypeOrmModule.forFeature([AttachmentRow, DeletedObjectRow])],
  providers: [
    AttachmentAccess,
    AttachmentClosings,
    AttachmentReleases,
    Attachments,
    AttachmentsResolver,
    AttachmentUpkeep,
    Downloads,
    FileRoutes,
    MessageAttachments,
    { provide: BLOB_STORE, inject: [SETTINGS, SECRETS, Clock, Log], useFactory: openBlobStore },
  ],
  exports: [AttachmentReleases, MessageAttachments],
})
export class AttachmentsModule {}

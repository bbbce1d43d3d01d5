import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Viewer } from '../auth/viewer.js';
import { allows, ChannelAccess } from '../channels/channel.access.js';
import { Clock } from '../config/clock.js';
import { SECRETS, type Secrets } from '../config/secrets.js';
import { LetheError, notFound } from '../errors/lethe-error.js';
import { attachmentFor, type StoredAttachment } from './attachments.queries.js';
import { uploaderScope } from './uploader-scope.js';

/** `see`: members who may see the message, before that the uploader. `complete`: the uploader. `delete`: the uploader, and moderators of the channel's server. */
type AttachmentRight = 'see' | 'complete' | 'delete';

/** The door to attachments: says whether the viewer may, and hands over the row. */
@Injectable()
export class AttachmentAccess {
  constructor(
    private readonly dataSource: DataSource,
    private readonly channels: ChannelAccess,
    private readonly clock: Clock,
    @Inject(SECRETS) private readonly secrets: Secrets,
  ) {}

  /** Throws NOT_FOUND to whoever may not see it, FORBIDDEN to those who may and are not allowed this. */
  async require(viewer: Viewer, right: AttachmentRight, id: string): Promise<StoredAttachment> {
    const { accountId } = viewer;
    const found = await attachmentFor(this.dataSource.manager, id, accountId, this.clock.now());
    if (!found?.isMember) throw notFound();
    const isUploader = found.uploaderScope?.equals(uploaderScope(this.secrets, accountId, id)) ?? false;
    if (!isUploader && !found.isEntitled) throw notFound();
    if (right === 'see' || isUploader) return found;
    if (right === 'delete' && (await this.mayModerate(viewer, found.channelId))) return found;
    throw new LetheError('FORBIDDEN', 'Only its uploader may do that.', { reason: 'RIGHT_MISSING' });
  }

  private async mayModerate(viewer: Viewer, channelId: string): Promise<boolean> {
    return allows('moderate', await this.channels.require(viewer, 'read', channelId));
  }
}

import { randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Viewer } from '../auth/viewer.js';
import { ChannelAccess } from '../channels/channel.access.js';
import { Clock } from '../config/clock.js';
import { SECRETS, type Secrets } from '../config/secrets.js';
import { LetheError, notFound } from '../errors/lethe-error.js';
import { newId } from '../graphql/new-id.js';
import { Limits } from '../limits/limits.service.js';
import { AttachmentAccess } from './attachment.access.js';
import { AttachmentState, type Upload } from './attachment.type.js';
import { deleteAttachments, insertAttachment, markReady, type StoredAttachment } from './attachments.queries.js';
import { BLOB_STORE, type BlobStore } from './blob-store.js';
import type { RequestUploadInput } from './request-upload.input.js';
import { uploaderScope } from './uploader-scope.js';

/** So long an address takes an upload. `deleted_objects.writable_until` reckons with it. */
const UPLOAD_MS = 3_600_000;

/** How files come in and go again. Their bytes never pass through here. */
@Injectable()
export class Attachments {
  /** What is being looked at in the store: asked for twice, it is looked at once. */
  private readonly looking = new Map<string, Promise<boolean>>();

  constructor(
    private readonly dataSource: DataSource,
    private readonly channels: ChannelAccess,
    private readonly access: AttachmentAccess,
    private readonly limits: Limits,
    private readonly clock: Clock,
    @Inject(SECRETS) private readonly secrets: Secrets,
    @Inject(BLOB_STORE) private readonly store: BlobStore,
  ) {}

  async requestUpload(viewer: Viewer, input: RequestUploadInput, host: string | undefined): Promise<Upload> {
    const { channelId, size, sha256 } = input;
    await this.channels.require(viewer, 'post', channelId);
    await this.limits.take('uploads', viewer.accountId);
    await this.limits.take('uploadedKibibytes', viewer.accountId, size / 1024);
    const createdAt = this.clock.now();
    const id = newId(createdAt);
    const objectKey = randomBytes(24).toString('hex');
    const scope = uploaderScope(this.secrets, viewer.accountId, id);
    const row = { id, channelId, objectKey, size, sha256, uploaderScope: scope, createdAt };
    await insertAttachment(this.dataSource.manager, row);
    const expiresAt = new Date(createdAt.getTime() + UPLOAD_MS);
    const { url, headers } = await this.store.signUpload({ key: objectKey, size, sha256 }, expiresAt, host);
    const attachment = { ...row, seq: null, state: AttachmentState.PENDING, expiresAt: null };
    return { attachment, method: 'PUT', url, headers, expiresAt };
  }

  async complete(viewer: Viewer, id: string): Promise<StoredAttachment> {
    const attachment = await this.access.require(viewer, 'complete', id);
    if (attachment.state !== AttachmentState.PENDING) return attachment;
    await this.limits.take('completions', viewer.accountId);
    if (!(await this.isStored(attachment))) throw this.notStored(attachment);
    const ready = await markReady(this.dataSource.manager, id);
    if (!ready) throw notFound();
    return ready;
  }

  get(viewer: Viewer, id: string): Promise<StoredAttachment> {
    return this.access.require(viewer, 'see', id);
  }

  async delete(viewer: Viewer, id: string): Promise<true> {
    await this.access.require(viewer, 'delete', id);
    const keys = await deleteAttachments(this.dataSource.manager, [id]);
    if (keys.length === 0) throw notFound();
    // If the store is away: the objects are on the list of those to delete.
    await this.store.delete(keys).catch(() => undefined);
    return true;
  }

  private isStored({ id, objectKey: key, size, sha256 }: StoredAttachment): Promise<boolean> {
    let looking = this.looking.get(id);
    if (!looking) {
      looking = this.store.holds({ key, size, sha256 }).finally(() => this.looking.delete(id));
      this.looking.set(id, looking);
    }
    return looking;
  }

  private notStored({ createdAt }: StoredAttachment): LetheError {
    return this.clock.now().getTime() >= createdAt.getTime() + UPLOAD_MS
      ? new LetheError('EXPIRED', 'The time to upload the file is over. Request another upload.', {
          reason: 'UPLOAD_EXPIRED',
        })
      : new LetheError('CONFLICT', 'The store does not have the file that was announced. Upload it first.', {
          reason: 'UPLOAD_INCOMPLETE',
        });
  }
}

import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { deleteAttachments, deleteAttachmentsOf } from './attachments.queries.js';
import { BLOB_STORE, type BlobStore } from './blob-store.js';

/**
 * Deletes attachments within somebody’s transaction. What it gives is called after the commit and takes the objects away
 * at once; if that fails, or is never called, they are on the list of those to delete.
 */
@Injectable()
export class AttachmentReleases {
  constructor(@Inject(BLOB_STORE) private readonly store: BlobStore) {}

  /** Of a message that goes. Under the lock of its channel's head. */
  async ofMessage(manager: EntityManager, channelId: string, seq: number): Promise<() => void> {
    return this.takingAway(await deleteAttachmentsOf(manager, channelId, seq));
  }

  async ofThese(manager: EntityManager, ids: string[]): Promise<() => void> {
    return this.takingAway(await deleteAttachments(manager, ids));
  }

  private takingAway(keys: string[]): () => void {
    return () => void this.store.delete(keys).catch(() => undefined);
  }
}

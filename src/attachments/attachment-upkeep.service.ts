import { Inject, Injectable } from '@nestjs/common';
import type { Queryable } from '../database/queryable.js';
import {
  deletedObjects,
  deleteRows,
  type DueObject,
  expiredAttachments,
  forgetObjects,
  orphanedAttachments,
} from './attachment-upkeep.queries.js';
import { BLOB_STORE, type BlobStore } from './blob-store.js';

/** Deletes files whose time is over: the object first, then the row, so that no object is left that nothing knows of. */
@Injectable()
export class AttachmentUpkeep {
  constructor(@Inject(BLOB_STORE) private readonly store: BlobStore) {}

  async deleteOrphaned(database: Queryable, now: Date, limit: number): Promise<number> {
    return this.deleteAll(database, await orphanedAttachments(database, now, limit));
  }

  async deleteExpired(database: Queryable, now: Date, limit: number): Promise<number> {
    return this.deleteAll(database, await expiredAttachments(database, now, limit));
  }

  /** What is left in the store of attachments whose rows are gone, and of uploads whose process was killed. */
  async deleteObjects(database: Queryable, now: Date, limit: number): Promise<number> {
    await this.store.removeLeftovers(now);
    const keys = await deletedObjects(database, now, limit);
    await this.store.delete(keys);
    await forgetObjects(database, now, keys);
    return keys.length;
  }

  private async deleteAll(database: Queryable, due: DueObject[]): Promise<number> {
    await this.store.delete(due.map(({ objectKey }) => objectKey));
    await deleteRows(
      database,
      due.map(({ id }) => id),
    );
    return due.length;
  }
}

import { changedBy, countBy, type Queryable } from '../database/queryable.js';
import { UNATTACHED_MS } from './attachments.queries.js';

const UPLOADER_KNOWN_MS = 30 * 24 * 3_600_000;
/** A post that was under way when the 24 hours were over is through by then. */
const MARGIN_MS = 10 * 60_000;

export interface DueObject {
  id: string;
  objectKey: string;
}

const before = (now: Date, milliseconds: number) => new Date(now.getTime() - milliseconds);
const unattachedSince = (now: Date) => before(now, UNATTACHED_MS + MARGIN_MS);

const ORPHANED = 'seq IS NULL AND created_at <= $1';
const EXPIRED = 'expires_at <= $1';
const OF_KNOWN_UPLOADER = 'uploader_scope IS NOT NULL AND created_at <= $1';

async function due(database: Queryable, which: string, orderedBy: string, values: unknown[]): Promise<DueObject[]> {
  const { rows } = await database.query<DueObject>(
    `SELECT id, object_key AS "objectKey" FROM attachments WHERE ${which} ORDER BY ${orderedBy} LIMIT $2`,
    values,
  );
  return rows;
}

/** What was not attached in time. */
export const orphanedAttachments = (database: Queryable, now: Date, limit: number): Promise<DueObject[]> =>
  due(database, ORPHANED, 'created_at', [unattachedSince(now), limit]);

export const countOrphanedAttachments = (database: Queryable, now: Date): Promise<number> =>
  countBy(database, `SELECT count(*) FROM attachments WHERE ${ORPHANED}`, [unattachedSince(now)]);

/** What has had its time, as its message. */
export const expiredAttachments = (database: Queryable, now: Date, limit: number): Promise<DueObject[]> =>
  due(database, EXPIRED, 'expires_at', [now, limit]);

export const countExpiredAttachments = (database: Queryable, now: Date): Promise<number> =>
  countBy(database, `SELECT count(*) FROM attachments WHERE ${EXPIRED}`, [now]);

/** Waits for nobody: whoever deletes many with their channel takes them in another order. What is locked comes up again. */
export const deleteRows = (database: Queryable, ids: string[]): Promise<number> =>
  changedBy(
    database,
    `DELETE FROM attachments WHERE id IN (
       SELECT id FROM attachments WHERE id = ANY ($1::uuid[]) FOR UPDATE SKIP LOCKED
     )`,
    [ids],
  );

/** After 30 days nobody is recognised as the uploader any more. */
export const forgetUploaders = (database: Queryable, now: Date, limit: number): Promise<number> =>
  changedBy(
    database,
    `UPDATE attachments SET uploader_scope = NULL WHERE id IN (
       SELECT id FROM attachments WHERE ${OF_KNOWN_UPLOADER} ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED
     )`,
    [before(now, UPLOADER_KNOWN_MS), limit],
  );

export const countUploadersToForget = (database: Queryable, now: Date): Promise<number> =>
  countBy(database, `SELECT count(*) FROM attachments WHERE ${OF_KNOWN_UPLOADER}`, [before(now, UPLOADER_KNOWN_MS)]);

/** Objects whose rows are gone: with their channel, by their uploader, or otherwise. */
export async function deletedObjects(database: Queryable, now: Date, limit: number): Promise<string[]> {
  const { rows } = await database.query<{ objectKey: string }>(
    'SELECT object_key AS "objectKey" FROM deleted_objects WHERE due_at <= $1 ORDER BY due_at LIMIT $2',
    [now, limit],
  );
  return rows.map(({ objectKey }) => objectKey);
}

export const countDeletedObjects = (database: Queryable, now: Date): Promise<number> =>
  countBy(database, 'SELECT count(*) FROM deleted_objects WHERE due_at <= $1', [now]);

/** Takes objects that were deleted off the list, but those that could be uploaded anew: they come up once more. */
export async function forgetObjects(database: Queryable, now: Date, keys: string[]): Promise<void> {
  await database.query(
    `WITH later AS (
       UPDATE deleted_objects SET due_at = writable_until WHERE object_key = ANY ($1::text[]) AND writable_until > $2
     )
     DELETE FROM deleted_objects WHERE object_key = ANY ($1::text[]) AND writable_until <= $2`,
    [keys, now],
  );
}

import type { EntityManager } from 'typeorm';
import type { AttachmentState } from './attachment.type.js';

/** So long an attachment may wait to be attached. */
export const UNATTACHED_MS = 24 * 3_600_000;

export interface StoredAttachment {
  id: string;
  channelId: string;
  objectKey: string;
  size: number;
  sha256: Buffer;
  uploaderScope: Buffer | null;
  seq: number | null;
  state: AttachmentState;
  createdAt: Date;
  expiresAt: Date | null;
}

export const attachmentColumns = `a.id, a.channel_id AS "channelId", a.object_key AS "objectKey", a.size, a.sha256,
  a.uploader_scope AS "uploaderScope", a.seq, a.created_at AS "createdAt", a.expires_at AS "expiresAt",
  CASE WHEN a.seq IS NOT NULL THEN 'ATTACHED' WHEN a.ready THEN 'READY' ELSE 'PENDING' END AS state`;

/** An attachment that has not had its time, and what the account may know of it. */
export interface SeenAttachment extends StoredAttachment {
  /** The account takes part in the channel. */
  isMember: boolean;
  /** It took part when the message was posted. */
  isEntitled: boolean;
}

export async function attachmentFor(
  manager: EntityManager,
  id: string,
  accountId: string,
  now: Date,
): Promise<SeenAttachment | undefined> {
  const [row] = await manager.query<SeenAttachment[]>(
    `SELECT ${attachmentColumns},
       EXISTS (
         SELECT FROM channel_members m WHERE m.account_id = $2 AND m.channel_id = a.channel_id AND m.left_seq IS NULL
       ) AS "isMember",
       EXISTS (
         SELECT FROM channel_members m WHERE m.account_id = $2 AND m.channel_id = a.channel_id
           AND m.joined_seq <= a.seq AND (m.left_seq IS NULL OR a.seq <= m.left_seq)
       ) AS "isEntitled"
     FROM attachments a
     WHERE a.id = $1 AND CASE
       WHEN a.seq IS NULL THEN a.created_at > $4
       ELSE (a.expires_at IS NULL OR a.expires_at > $3) AND EXISTS (
         SELECT FROM channel_entries e WHERE e.channel_id = a.channel_id AND e.seq = a.seq AND e.sealed_body IS NOT NULL
       )
     END`,
    [id, accountId, now, new Date(now.getTime() - UNATTACHED_MS)],
  );
  return row;
}

export async function insertAttachment(
  manager: EntityManager,
  row: Pick<StoredAttachment, 'id' | 'channelId' | 'objectKey' | 'size' | 'sha256' | 'uploaderScope' | 'createdAt'>,
): Promise<void> {
  await manager.query(
    `INSERT INTO attachments (id, channel_id, object_key, size, sha256, uploader_scope, created_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7)`,
    [row.id, row.channelId, row.objectKey, row.size, row.sha256, row.uploaderScope, row.createdAt],
  );
}

export async function markReady(manager: EntityManager, id: string): Promise<StoredAttachment | undefined> {
  // TypeORM gives the rows of an update together with their number.
  const [[row]] = await manager.query<[StoredAttachment[], number]>(
    `UPDATE attachments a SET ready = true WHERE a.id = $1 RETURNING ${attachmentColumns}`,
    [id],
  );
  return row;
}

/** Deletes rows, which puts their objects on the list of those to delete. Gives the keys of the objects. */
export async function deleteAttachments(manager: EntityManager, ids: string[]): Promise<string[]> {
  const [rows] = await manager.query<[{ objectKey: string }[], number]>(
    'DELETE FROM attachments WHERE id = ANY ($1::uuid[]) RETURNING object_key AS "objectKey"',
    [ids],
  );
  return rows.map(({ objectKey }) => objectKey);
}

/** The same for what is attached to a message. */
export async function deleteAttachmentsOf(manager: EntityManager, channelId: string, seq: number): Promise<string[]> {
  const [rows] = await manager.query<[{ objectKey: string }[], number]>(
    'DELETE FROM attachments WHERE channel_id = $1 AND seq = $2 RETURNING object_key AS "objectKey"',
    [channelId, seq],
  );
  return rows.map(({ objectKey }) => objectKey);
}

/** What waits to be attached in channels the account is or was in: whose it is only its scope tells. */
export function unattachedAround(
  manager: EntityManager,
  accountId: string,
): Promise<{ id: string; uploaderScope: Buffer }[]> {
  return manager.query(
    `SELECT a.id, a.uploader_scope AS "uploaderScope"
     FROM (SELECT DISTINCT channel_id FROM channel_members WHERE account_id = $1) c
     JOIN attachments a ON a.channel_id = c.channel_id AND a.seq IS NULL
     WHERE a.uploader_scope IS NOT NULL`,
    [accountId],
  );
}

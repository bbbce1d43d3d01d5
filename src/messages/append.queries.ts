import { Injectable } from '@nestjs/common';
import { UNATTACHED_MS } from '../attachments/attachments.queries.js';
import { Pools } from '../database/pools.js';
import { EntryKind } from '../realtime/log-entry.js';

/** A message on its way into the log. */
export interface Draft {
  channelId: string;
  /** Asked for in the statement, written nowhere. */
  accountId: string;
  clientMessageId: string;
  senderScope: Buffer;
  epoch: number;
  sealedBody: Buffer;
  authorTag: Buffer | null;
  refersTo: number | null;
  ttlSeconds: number | null;
  createdAt: Date;
  /** Absent: nothing is attached. */
  attachments?: DraftAttachments;
}

/** Files that are attached with the message or, if one of them cannot be, keep it from being written. */
export interface DraftAttachments {
  /** Tells a retry from another message. */
  digest: Buffer;
  files: { id: string; uploaderScope: Buffer }[];
}

export type Verdict =
  | { outcome: 'placed'; seq: number; createdAt: Date; expiresAt: Date | null }
  | { outcome: 'duplicate'; seq: number; createdAt: Date }
  /** The same key came with another body or other attachments. */
  | { outcome: 'reused' }
  /** No such channel, or no member of it. */
  | { outcome: 'absent' }
  | { outcome: 'stale'; epoch: number; minEpoch: number }
  /** Refers to a place that is not written yet. */
  | { outcome: 'dangling' }
  /** An attachment is not there to be attached by this account. */
  | { outcome: 'unattachable' }
  /** Members changed between the statement's snapshot and its lock: nothing was decided, ask again. */
  | { outcome: 'again' };

/** Files to attach that are there to be attached by these accounts; locked after the heads, and as they are by then. */
const ATTACHABLE = `
  ), wanted AS (
    SELECT * FROM unnest($12::int[], $13::uuid[], $14::bytea[], $15::int[]) AS w (n, id, uploader_scope, position)
  ), attachable AS MATERIALIZED (
    SELECT w.n, w.position, a.id
    FROM wanted w JOIN input i ON i.n = w.n JOIN head h ON h.channel_id = i.channel_id
    JOIN attachments a ON a.id = w.id AND a.channel_id = i.channel_id AND a.uploader_scope = w.uploader_scope
      AND a.ready AND a.seq IS NULL AND a.created_at > i.created_at - interval '${UNATTACHED_MS} milliseconds'
    ORDER BY a.id FOR UPDATE OF a`;

const UNATTACHABLE = `
        WHEN (SELECT count(*) FROM wanted w WHERE w.n = i.n) > (SELECT count(*) FROM attachable a WHERE a.n = i.n)
          THEN 'unattachable'`;

const ATTACH = `
  ), attached AS (
    UPDATE attachments a SET seq = p.seq, position = w.position, expires_at = p.expires_at
    FROM attachable w JOIN placed p ON p.n = w.n WHERE a.id = w.id`;

const judged = (attaches: boolean) => `judged AS (
    SELECT i.*, h.last_seq, h.epoch AS head_epoch, h.min_epoch, k.seq AS known_seq, k.created_at AS known_at,
      i.created_at + coalesce(i.ttl_seconds, c.default_ttl_seconds) * interval '1 second' AS expires_at,
      CASE
        WHEN k.same THEN 'duplicate'
        WHEN k.n IS NOT NULL THEN 'reused'
        WHEN h.channel_id IS NULL THEN 'absent'
        WHEN h.members_seq <> seen.members_seq THEN 'again'
        WHEN m.account_id IS NULL THEN 'absent'
        WHEN i.epoch NOT BETWEEN h.min_epoch AND h.epoch THEN 'stale'
        WHEN i.refers_to > h.last_seq THEN 'dangling'${attaches ? UNATTACHABLE : ''}
        ELSE 'placed'
      END AS outcome
    FROM input i
    LEFT JOIN known k ON k.n = i.n
    LEFT JOIN head h ON h.channel_id = i.channel_id
    LEFT JOIN channel_heads seen ON seen.channel_id = i.channel_id
    LEFT JOIN channel_members m ON m.account_id = i.account_id AND m.channel_id = i.channel_id AND m.left_seq IS NULL
    LEFT JOIN channels c ON c.id = i.channel_id
  )`;

/** With or without what only drafts with attachments ask for: others do not pay for it. */
const appendStatement = (attaches: boolean) => `
  WITH input AS (
    SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::bytea[], $5::int[], $6::bytea[], $7::bytea[], $8::int[],
      $9::int[], $10::timestamptz[], $11::bytea[]) WITH ORDINALITY AS i (channel_id, account_id, client_message_id,
      sender_scope, epoch, sealed_body, author_tag, refers_to, ttl_seconds, created_at, attachments_digest, n)
  ), known AS (
    SELECT i.n, e.seq, e.created_at, (e.sealed_body IS NULL OR e.sealed_body = i.sealed_body)
      AND e.attachments_digest IS NOT DISTINCT FROM i.attachments_digest AS same
    FROM input i JOIN channel_entries e ON e.channel_id = i.channel_id AND e.sender_scope = i.sender_scope
      AND e.client_message_id = i.client_message_id
  ), head AS MATERIALIZED (
    SELECT channel_id, last_seq, epoch, min_epoch, members_seq FROM channel_heads
    WHERE channel_id = ANY ($1) ORDER BY channel_id FOR NO KEY UPDATE${attaches ? ATTACHABLE : ''}
  ), ${judged(attaches)}, placed AS (
    SELECT *, last_seq + row_number() OVER (PARTITION BY channel_id ORDER BY n)::int AS seq
    FROM judged WHERE outcome = 'placed'
  ), moved AS (
    UPDATE channel_heads h SET last_seq = p.last_seq
    FROM (SELECT channel_id, max(seq) AS last_seq FROM placed GROUP BY channel_id) p
    WHERE h.channel_id = p.channel_id
  ), written AS (
    INSERT INTO channel_entries (channel_id, seq, kind, epoch, refers_to, sealed_body, author_tag, client_message_id,
      sender_scope, expires_at, created_at, attachments_digest)
    SELECT channel_id, seq, ${EntryKind.MESSAGE}, epoch, refers_to, sealed_body, author_tag, client_message_id,
      sender_scope, expires_at, created_at, attachments_digest
    FROM placed${attaches ? ATTACH : ''}
  )
  SELECT j.outcome, coalesce(p.seq, j.known_seq) AS seq, coalesce(j.known_at, j.created_at) AS "createdAt",
    j.expires_at AS "expiresAt", j.head_epoch AS epoch, j.min_epoch AS "minEpoch"
  FROM judged j LEFT JOIN placed p ON p.n = j.n
  ORDER BY j.n`;

const plain = { name: 'append', text: appendStatement(false) };
const attaching = { name: 'append and attach', text: appendStatement(true) };

/** The statement that writes the log. */
@Injectable()
export class AppendQueries {
  constructor(private readonly pools: Pools) {}

  /**
   * Gives every draft its place or its refusal, all in one statement and so in one commit. Members are read from the
   * statement's snapshot, the head under its lock; that both are of one moment shows in `members_seq`.
   */
  async append(drafts: Draft[]): Promise<Verdict[]> {
    const files = drafts.flatMap(({ attachments }, index) =>
      (attachments?.files ?? []).map((file, position) => ({ ...file, n: index + 1, position })),
    );
    const { rows } = await this.pools.append.query<Verdict>({
      ...(files.length === 0 ? plain : attaching),
      values: [
        drafts.map(({ channelId }) => channelId),
        drafts.map(({ accountId }) => accountId),
        drafts.map(({ clientMessageId }) => clientMessageId),
        drafts.map(({ senderScope }) => senderScope),
        drafts.map(({ epoch }) => epoch),
        drafts.map(({ sealedBody }) => sealedBody),
        drafts.map(({ authorTag }) => authorTag),
        drafts.map(({ refersTo }) => refersTo),
        drafts.map(({ ttlSeconds }) => ttlSeconds),
        drafts.map(({ createdAt }) => createdAt),
        drafts.map(({ attachments }) => attachments?.digest ?? null),
        ...(files.length === 0
          ? []
          : [
              files.map(({ n }) => n),
              files.map(({ id }) => id),
              files.map(({ uploaderScope }) => uploaderScope),
              files.map(({ position }) => position),
            ]),
      ],
    });
    return rows;
  }
}

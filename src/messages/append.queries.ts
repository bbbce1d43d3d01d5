import { Injectable } from '@nestjs/common';
import { UNATTACHED_MS } from '../attachments/attachments.queries.js';
import { Pools } from '../database/pools.js';
import { EntryKind } from '../realtime/log-entry.js';
import { MOST_EDITS, MOST_REACTIONS } from './amendments.queries.js';
import { wasMember } from './history.queries.js';

/** What is taken in under a `clientMessageId`. */
export type DraftKind = EntryKind.MESSAGE | EntryKind.EDIT | EntryKind.REACTION;

/** A message, edit or reaction on its way into the log. */
export interface Draft {
  kind: DraftKind;
  channelId: string;
  /** Asked for in the statement, written nowhere. */
  accountId: string;
  clientMessageId: string;
  senderScope: Buffer;
  epoch: number;
  sealedBody: Buffer;
  authorTag: Buffer | null;
  /** Of an edit: SHA-256 of the secret that was shown, held against the tag of the message and written nowhere. */
  authorProof: Buffer | null;
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
  | Decision
  /** The log changed between the statement's snapshot and its lock: nothing was decided, ask again. */
  | { outcome: 'again' };

export type Decision =
  | { outcome: 'placed'; seq: number; createdAt: Date; expiresAt: Date | null }
  | { outcome: 'duplicate'; seq: number; createdAt: Date }
  | { outcome: 'stale'; epoch: number; minEpoch: number }
  | { outcome: Refusal };

export type Refusal =
  /** The same key came with another body or other attachments, or for something else. */
  | 'reused'
  /** No such channel, or no member of it. */
  | 'absent'
  /** Refers to a place that is not written yet or, to edit or react, that the account may not see. */
  | 'dangling'
  /** An edit of or reaction to something else than a message. */
  | 'no message'
  | 'expired'
  | 'retracted'
  /** An edit of a message that came without a tag. */
  | 'untagged'
  /** An edit by somebody who does not know the secret. */
  | 'unproven'
  /** The message has as many edits or reactions as it may have. */
  | 'full'
  /** An attachment is not there to be attached by this account. */
  | 'unattachable';

/** What edits and reactions refer to, if the account may see it, and how many like them there are with each. */
const TARGETS = `
    SELECT i.n, t.kind, t.expires_at, t.author_tag, t.sealed_body IS NULL AS blank,
      row_number() OVER (PARTITION BY i.channel_id, i.refers_to, i.kind ORDER BY i.n) + (
        SELECT count(*) FROM channel_entries a
        WHERE a.channel_id = i.channel_id AND a.refers_to = i.refers_to AND a.kind IN (1, 2, 3) AND a.kind = i.kind
          AND a.sealed_body IS NOT NULL
      ) AS siblings
    FROM input i JOIN channel_entries t ON t.channel_id = i.channel_id AND t.seq = i.refers_to
    WHERE i.kind <> ${EntryKind.MESSAGE} AND ${wasMember('i.account_id', 't')}`;

/** In this order: of what is gone nobody learns more. Of a message, which has no target, none is true. */
const REFUSALS = `
        WHEN i.kind <> ${EntryKind.MESSAGE} AND h.retractions_seq <> seen.retractions_seq THEN 'again'
        WHEN i.kind <> ${EntryKind.MESSAGE} AND i.refers_to <= h.floor_seq THEN 'expired'
        WHEN i.kind <> ${EntryKind.MESSAGE} AND t.n IS NULL THEN 'dangling'
        WHEN t.kind <> ${EntryKind.MESSAGE} THEN 'no message'
        WHEN t.expires_at <= i.created_at THEN 'expired'
        WHEN t.blank THEN 'retracted'
        WHEN i.kind = ${EntryKind.EDIT} AND t.author_tag IS NULL THEN 'untagged'
        WHEN i.kind = ${EntryKind.EDIT} AND t.author_tag <> i.author_proof THEN 'unproven'
        WHEN t.siblings > CASE i.kind WHEN ${EntryKind.EDIT} THEN ${MOST_EDITS} ELSE ${MOST_REACTIONS} END THEN 'full'`;

/** Files to attach that are there to be attached by these accounts; locked after the heads, and as they are by then. */
const ATTACHABLE = `
  ), wanted AS (
    SELECT * FROM unnest($14::int[], $15::uuid[], $16::bytea[], $17::int[]) AS w (n, id, uploader_scope, position)
  ), attachable AS MATERIALIZED (
    SELECT w.n, w.position, a.id
    FROM wanted w JOIN input i ON i.n = w.n JOIN head h ON h.channel_id = i.channel_id
    JOIN attachments a ON a.id = w.id AND a.channel_id = i.channel_id AND a.uploader_scope = w.uploader_scope
      AND a.ready AND a.seq IS NULL AND a.created_at > i.created_at - interval '${UNATTACHED_MS} milliseconds'
    ORDER BY a.id FOR UPDATE OF a`;

/** Of what grew since the snapshot the message may be a part, posted elsewhere with the same key and these very files. */
const UNATTACHABLE = `
        WHEN (SELECT count(*) FROM wanted w WHERE w.n = i.n) > (SELECT count(*) FROM attachable a WHERE a.n = i.n)
          THEN CASE WHEN h.last_seq <> seen.last_seq THEN 'again' ELSE 'unattachable' END`;

const ATTACH = `
  ), attached AS (
    UPDATE attachments a SET seq = p.seq, position = w.position, expires_at = p.expires_at
    FROM attachable w JOIN placed p ON p.n = w.n WHERE a.id = w.id`;

/**
 * With or without what only edits, reactions and attachments ask for: a flush of nothing but messages does not pay for
 * it. Edits and reactions look at what they refer to in the statement's snapshot; that nothing was retracted since shows
 * in `retractions_seq`. Hashes are compared, never secrets: how long that takes helps nobody to find one.
 */
function appendStatement(anything: boolean): string {
  const also = (sql: string) => (anything ? sql : '');
  return `
  WITH input AS (
    SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::bytea[], $5::int[], $6::bytea[], $7::bytea[], $8::int[],
      $9::int[], $10::timestamptz[]${also(', $11::smallint[], $12::bytea[], $13::bytea[]')}) WITH ORDINALITY AS i (channel_id,
      account_id, client_message_id, sender_scope, epoch, sealed_body, author_tag, refers_to, ttl_seconds, created_at,
      ${also('kind, author_proof, attachments_digest,')} n)
  ), known AS (
    SELECT i.n, e.seq, e.created_at, e.kind = ${anything ? 'i.kind' : EntryKind.MESSAGE} AND (e.sealed_body IS NULL
      OR e.sealed_body = i.sealed_body ${also(`AND (e.refers_to = i.refers_to OR i.kind = ${EntryKind.MESSAGE})`)})
      AND e.attachments_digest IS NOT DISTINCT FROM ${anything ? 'i.attachments_digest' : 'NULL'} AS same
    FROM input i JOIN channel_entries e ON e.channel_id = i.channel_id AND e.sender_scope = i.sender_scope
      AND e.client_message_id = i.client_message_id
  ), head AS MATERIALIZED (
    SELECT channel_id, last_seq, floor_seq, epoch, min_epoch, members_seq, retractions_seq FROM channel_heads
    WHERE channel_id = ANY ($1) ORDER BY channel_id FOR NO KEY UPDATE${also(ATTACHABLE)}
  )${also(`, target AS (${TARGETS}
  )`)}, ${judged(anything)}, placed AS (
    SELECT *, last_seq + row_number() OVER (PARTITION BY channel_id ORDER BY n)::int AS seq
    FROM judged WHERE outcome = 'placed'
  ), moved AS (
    UPDATE channel_heads h SET last_seq = p.last_seq
    FROM (SELECT channel_id, max(seq) AS last_seq FROM placed GROUP BY channel_id) p
    WHERE h.channel_id = p.channel_id
  ), written AS (
    INSERT INTO channel_entries (channel_id, seq, kind, epoch, refers_to, sealed_body, author_tag, client_message_id,
      sender_scope, expires_at, created_at${also(', attachments_digest')})
    SELECT channel_id, seq, ${anything ? 'kind' : EntryKind.MESSAGE}, epoch, refers_to, sealed_body, author_tag,
      client_message_id, sender_scope, expires_at, created_at${also(', attachments_digest')}
    FROM placed${also(ATTACH)}
  )
  SELECT j.outcome, coalesce(p.seq, j.known_seq) AS seq, coalesce(j.known_at, j.created_at) AS "createdAt",
    j.expires_at AS "expiresAt", j.head_epoch AS epoch, j.min_epoch AS "minEpoch"
  FROM judged j LEFT JOIN placed p ON p.n = j.n
  ORDER BY j.n`;
}

/** An edit or reaction ends with its message. */
const judged = (anything: boolean) => `judged AS (
    SELECT i.*, h.last_seq, h.epoch AS head_epoch, h.min_epoch, k.seq AS known_seq, k.created_at AS known_at,
      ${anything ? `CASE WHEN i.kind <> ${EntryKind.MESSAGE} THEN t.expires_at ELSE ` : ''}i.created_at
        + coalesce(i.ttl_seconds, c.default_ttl_seconds) * interval '1 second'${anything ? ' END' : ''} AS expires_at,
      CASE
        WHEN k.same THEN 'duplicate'
        WHEN k.n IS NOT NULL THEN 'reused'
        WHEN h.channel_id IS NULL THEN 'absent'
        WHEN h.members_seq <> seen.members_seq THEN 'again'
        WHEN m.account_id IS NULL THEN 'absent'
        WHEN i.refers_to > h.last_seq THEN 'dangling'${anything ? REFUSALS : ''}
        WHEN i.epoch NOT BETWEEN h.min_epoch AND h.epoch THEN 'stale'${anything ? UNATTACHABLE : ''}
        ELSE 'placed'
      END AS outcome
    FROM input i
    LEFT JOIN known k ON k.n = i.n
    LEFT JOIN head h ON h.channel_id = i.channel_id
    LEFT JOIN channel_heads seen ON seen.channel_id = i.channel_id
    LEFT JOIN channel_members m ON m.account_id = i.account_id AND m.channel_id = i.channel_id AND m.left_seq IS NULL
    LEFT JOIN channels c ON c.id = i.channel_id${anything ? ' LEFT JOIN target t ON t.n = i.n' : ''}
  )`;

const appendMessages = { name: 'append messages', text: appendStatement(false) };
const appendAny = { name: 'append any', text: appendStatement(true) };

/** The statement that writes the log. */
@Injectable()
export class AppendQueries {
  constructor(private readonly pools: Pools) {}

  /**
   * Gives every draft its place or its refusal, all in one statement and so in one commit. Members are read from the
   * statement's snapshot, the head under its lock; that both are of one moment shows in `members_seq`.
   */
  async append(drafts: Draft[]): Promise<Verdict[]> {
    const justMessages = drafts.every(({ kind, attachments }) => kind === EntryKind.MESSAGE && !attachments);
    const values = [
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
    ];
    const { rows } = await this.pools.append.query<Verdict>(
      justMessages
        ? { ...appendMessages, values }
        : { ...appendAny, values: [...values, ...amendmentsIn(drafts), ...filesIn(drafts)] },
    );
    return rows;
  }
}

const amendmentsIn = (drafts: Draft[]) => [
  drafts.map(({ kind }) => kind),
  drafts.map(({ authorProof }) => authorProof),
  drafts.map(({ attachments }) => attachments?.digest ?? null),
];

function filesIn(drafts: Draft[]) {
  const files = drafts.flatMap(({ attachments }, index) =>
    (attachments?.files ?? []).map((file, position) => ({ ...file, n: index + 1, position })),
  );
  return [
    files.map(({ n }) => n),
    files.map(({ id }) => id),
    files.map(({ uploaderScope }) => uploaderScope),
    files.map(({ position }) => position),
  ];
}

import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/**
 * One place of a channel's log. There is no column for who wrote it. No foreign key either: it would be checked for
 * every message, and entries come into being only under the lock of their channel's head.
 */
@Entity('channel_entries')
@Index('channel_entries_idempotency_key', ['channelId', 'senderScope', 'clientMessageId'], {
  unique: true,
  where: 'sender_scope IS NOT NULL',
})
@Index('channel_entries_amendments_idx', ['channelId', 'refersTo'], { where: 'kind IN (1, 2, 3)' })
@Index('channel_entries_expires_at_idx', ['expiresAt'], { where: 'sealed_body IS NOT NULL AND expires_at IS NOT NULL' })
@Index('channel_entries_sender_idx', ['createdAt'], { where: 'sender_scope IS NOT NULL' })
@Index('channel_entries_subject_idx', ['subjectId'], { where: 'subject_id IS NOT NULL' })
export class ChannelEntryRow {
  @PrimaryColumn('uuid', { name: 'channel_id', primaryKeyConstraintName: 'channel_entries_pkey' })
  channelId!: string;

  @PrimaryColumn('integer', { primaryKeyConstraintName: 'channel_entries_pkey' })
  seq!: number;

  /** `EntryKind`. */
  @Column('smallint')
  kind!: number;

  @Column('integer')
  epoch!: number;

  /** A seq of the same channel. */
  @Column('integer', { name: 'refers_to', nullable: true })
  refersTo!: number | null;

  @Column('bytea', { name: 'sealed_body', nullable: true })
  sealedBody!: Buffer | null;

  @Column('bytea', { name: 'author_tag', nullable: true })
  authorTag!: Buffer | null;

  @Column('uuid', { name: 'client_message_id', nullable: true })
  clientMessageId!: string | null;

  /** Keyed hash that separates senders for safe retries; says nothing without the server key. */
  @Column('bytea', { name: 'sender_scope', nullable: true })
  senderScope!: Buffer | null;

  /** SHA-256 of the ids of what was attached, so that a retry with others is told from a retry. Null: nothing was. */
  @Column('bytea', { name: 'attachments_digest', nullable: true })
  attachmentsDigest!: Buffer | null;

  @Column({ type: 'timestamptz', name: 'expires_at', precision: 3, nullable: true })
  expiresAt!: Date | null;

  @Column({ type: 'timestamptz', name: 'created_at', precision: 3 })
  createdAt!: Date;

  /** Of a membership change: whom it is about; of a deleted account, a random id that stands for it in this channel. */
  @Column('uuid', { name: 'subject_id', nullable: true })
  subjectId!: string | null;

  /** Of a membership change: `membershipChanges`. */
  @Column('smallint', { nullable: true })
  change!: number | null;
}

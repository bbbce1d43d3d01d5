import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

/** An encrypted file of a channel: what is stored is in the blob store, under its key. No column says who uploaded it. */
@Entity('attachments')
@Index('attachments_place_idx', ['channelId', 'seq'])
@Index('attachments_unattached_idx', ['createdAt'], { where: 'seq IS NULL' })
@Index('attachments_expires_idx', ['expiresAt'], { where: 'expires_at IS NOT NULL' })
@Index('attachments_uploader_idx', ['createdAt'], { where: 'uploader_scope IS NOT NULL' })
export class AttachmentRow {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'attachments_pkey' })
  id!: string;

  @Column('uuid', { name: 'channel_id' })
  @ForeignKey('ChannelRow', { name: 'attachments_channel_fkey', onDelete: 'CASCADE' })
  channelId!: string;

  /** Random: whoever sees the store learns nothing from the names in it. */
  @Column('text', { name: 'object_key' })
  objectKey!: string;

  @Column('integer')
  size!: number;

  /** Of the object as it is stored. */
  @Column('bytea')
  sha256!: Buffer;

  /** Keyed hash of the uploader and this attachment; two of one uploader have nothing in common. Erased after 30 days. */
  @Column('bytea', { name: 'uploader_scope', nullable: true })
  uploaderScope!: Buffer | null;

  /** Whether the whole object was seen in the store. */
  @Column('boolean', { default: false })
  ready!: boolean;

  /** Place of the message it is attached to. */
  @Column('integer', { nullable: true })
  seq!: number | null;

  /** Place among the attachments of the message, from 0. */
  @Column('smallint', { nullable: true })
  position!: number | null;

  /** That of the message. */
  @Column({ type: 'timestamptz', name: 'expires_at', precision: 3, nullable: true })
  expiresAt!: Date | null;

  @Column({ type: 'timestamptz', name: 'created_at', precision: 3 })
  createdAt!: Date;
}

import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { DeviceRow } from '../keys/device.entity.js';

/**
 * Where a device's queue stands. Its lock orders everything that happens in the queue. It comes with the first envelope
 * and goes with the device, or with its deactivation. What lies in the queue are the positions above both the
 * acknowledged and the lost ones, each of them.
 */
@Entity('mailboxes')
export class MailboxRow {
  @PrimaryColumn('uuid', { name: 'device_id', primaryKeyConstraintName: 'mailboxes_pkey' })
  @ForeignKey(() => DeviceRow, { name: 'mailboxes_device_fkey', onDelete: 'CASCADE' })
  deviceId!: string;

  @Column('integer', { name: 'last_position', default: 0 })
  lastPosition!: number;

  @Column('integer', { name: 'acknowledged_position', default: 0 })
  acknowledgedPosition!: number;

  /** The last one that went without having been acknowledged. */
  @Column('integer', { name: 'lost_position', default: 0 })
  lostPosition!: number;

  /** Of all bodies in the queue. */
  @Column('integer', { default: 0 })
  bytes!: number;

  /** The time of the last envelope: none is given an earlier one, whatever the clocks of processes say. */
  @Column({ type: 'timestamptz', name: 'newest_at', precision: 3, nullable: true })
  newestAt!: Date | null;
}

/** One position of a queue. There is no column for who delivered it. */
@Entity('mailbox_entries')
@Index('mailbox_entries_created_at_idx', ['createdAt'])
export class MailboxEntryRow {
  @PrimaryColumn('uuid', { name: 'device_id', primaryKeyConstraintName: 'mailbox_entries_pkey' })
  @ForeignKey(() => MailboxRow, { name: 'mailbox_entries_mailbox_fkey', onDelete: 'CASCADE' })
  deviceId!: string;

  @PrimaryColumn('integer', { primaryKeyConstraintName: 'mailbox_entries_pkey' })
  position!: number;

  @Column('bytea', { name: 'sealed_body' })
  sealedBody!: Buffer;

  @Column({ type: 'timestamptz', name: 'created_at', precision: 3 })
  createdAt!: Date;
}

/**
 * That a delivery was made, so that its retry makes no second one. Apart from the envelopes, because it outlives them:
 * nothing here says which they were, from whom, or for whom.
 */
@Entity('mailbox_retry_keys')
@Index('mailbox_retry_keys_forget_on_idx', ['forgetOn'])
export class MailboxRetryKeyRow {
  /** Keyed hash of sender, recipient and `clientMessageId`. */
  @PrimaryColumn('bytea', { name: 'key_hash', primaryKeyConstraintName: 'mailbox_retry_keys_pkey' })
  keyHash!: Buffer;

  /** Keyed hash of the envelopes. */
  @Column('bytea', { name: 'content_hash' })
  contentHash!: Buffer;

  /** A day and no time: it would lead to the envelopes that came at that time. */
  @Column('date', { name: 'forget_on' })
  forgetOn!: string;
}

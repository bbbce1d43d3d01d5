import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

/** A message that an account does not want to see any more. Others do. */
@Entity('hidden_messages')
@Index('hidden_messages_message_idx', ['channelId', 'seq'])
@Index('hidden_messages_expires_at_idx', ['expiresAt'], { where: 'expires_at IS NOT NULL' })
export class HiddenMessageRow {
  @PrimaryColumn('uuid', { name: 'account_id', primaryKeyConstraintName: 'hidden_messages_pkey' })
  @ForeignKey('AccountRow', { name: 'hidden_messages_account_fkey', onDelete: 'CASCADE' })
  accountId!: string;

  @PrimaryColumn('uuid', { name: 'channel_id', primaryKeyConstraintName: 'hidden_messages_pkey' })
  @ForeignKey('ChannelRow', { name: 'hidden_messages_channel_fkey', onDelete: 'CASCADE' })
  channelId!: string;

  @PrimaryColumn('integer', { primaryKeyConstraintName: 'hidden_messages_pkey' })
  seq!: number;

  /** When the message ends, and this with it. */
  @Column({ type: 'timestamptz', name: 'expires_at', precision: 3, nullable: true })
  expiresAt!: Date | null;
}

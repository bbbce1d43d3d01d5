import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { ChannelRow } from './channel.entity.js';
import type { ChannelRole } from './channel-kind.js';

/** One stretch of membership: from the entry that let the account in to the one that let it go. */
@Entity('channel_members')
@Index('channel_members_open_key', ['accountId', 'channelId'], { unique: true, where: 'left_seq IS NULL' })
@Index('channel_members_account_idx', ['accountId'])
@Index('channel_members_recent_idx', ['joinedAt'], { where: 'left_seq IS NULL' })
export class ChannelMemberRow {
  @PrimaryColumn('uuid', { name: 'channel_id', primaryKeyConstraintName: 'channel_members_pkey' })
  @ForeignKey(() => ChannelRow, { name: 'channel_members_channel_fkey', onDelete: 'CASCADE' })
  channelId!: string;

  @PrimaryColumn('uuid', { name: 'account_id', primaryKeyConstraintName: 'channel_members_pkey' })
  @ForeignKey('AccountRow', { name: 'channel_members_account_fkey', onDelete: 'CASCADE' })
  accountId!: string;

  /** 0 for the founders: they were there before the first entry. */
  @PrimaryColumn('integer', { name: 'joined_seq', primaryKeyConstraintName: 'channel_members_pkey' })
  joinedSeq!: number;

  @Column('integer', { name: 'left_seq', nullable: true })
  leftSeq!: number | null;

  /** Of a group. In a server's channel the role in the server counts. */
  @Column('text', { default: 'MEMBER' })
  role!: ChannelRole;

  @Column({ type: 'timestamptz', name: 'joined_at', precision: 3 })
  joinedAt!: Date;
}

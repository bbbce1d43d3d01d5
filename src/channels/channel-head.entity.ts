import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { ChannelRow } from './channel.entity.js';

/** Where a channel's log stands. Its lock orders everything that happens in the channel. */
@Entity('channel_heads')
export class ChannelHeadRow {
  @PrimaryColumn('uuid', { name: 'channel_id', primaryKeyConstraintName: 'channel_heads_pkey' })
  @ForeignKey(() => ChannelRow, { name: 'channel_heads_channel_fkey', onDelete: 'CASCADE' })
  channelId!: string;

  @Column('integer', { name: 'last_seq', default: 0 })
  lastSeq!: number;

  /** Everything at or below it has been purged. */
  @Column('integer', { name: 'floor_seq', default: 0 })
  floorSeq!: number;

  @Column('integer', { default: 1 })
  epoch!: number;

  /** Bodies sealed for an older epoch are refused. */
  @Column('integer', { name: 'min_epoch', default: 1 })
  minEpoch!: number;

  /** Place of the last membership change: an append whose snapshot has another one looked at outdated members. */
  @Column('integer', { name: 'members_seq', default: 0 })
  membersSeq!: number;

  /** Place of the last retraction: an edit or reaction whose snapshot has another one may have looked at what is gone. */
  @Column('integer', { name: 'retractions_seq', default: 0 })
  retractionsSeq!: number;
}

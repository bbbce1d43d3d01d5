import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A channel that is gone, of which entries are still to be erased. */
@Entity('deleted_channels')
@Index('deleted_channels_deleted_at_idx', ['deletedAt', 'channelId'])
export class DeletedChannelRow {
  @PrimaryColumn('uuid', { name: 'channel_id', primaryKeyConstraintName: 'deleted_channels_pkey' })
  channelId!: string;

  @Column({ type: 'timestamptz', name: 'deleted_at', precision: 3 })
  deletedAt!: Date;
}

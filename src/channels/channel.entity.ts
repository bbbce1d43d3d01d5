import { Column, Entity, PrimaryColumn, Unique } from 'typeorm';
import type { ChannelKind } from './channel-kind.js';

/** A conversation. Who takes part stands in `channel_members`, what was said in `channel_entries`. */
@Entity('channels')
@Unique('channels_only_one_key_key', ['onlyOneKey'])
export class ChannelRow {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'channels_pkey' })
  id!: string;

  @Column('text')
  kind!: ChannelKind;

  /** Keyed hash of the two accounts of a direct channel, or the one of a notes channel: there is only one of each. */
  @Column('bytea', { name: 'only_one_key', nullable: true })
  onlyOneKey!: Buffer | null;

  @Column('bytea', { name: 'sealed_meta', nullable: true })
  sealedMeta!: Buffer | null;

  @Column('integer', { name: 'default_ttl_seconds', nullable: true })
  defaultTtlSeconds!: number | null;

  @Column({ type: 'timestamptz', name: 'created_at', precision: 3 })
  createdAt!: Date;
}

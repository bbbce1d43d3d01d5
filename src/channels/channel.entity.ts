import { Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';
import { ServerRow } from '../servers/server.entity.js';
import type { ChannelKind } from './channel-kind.js';

/** A conversation. Who takes part stands in `channel_members`, what was said in `channel_entries`. */
@Entity('channels')
@Unique('channels_only_one_key_key', ['onlyOneKey'])
@Index('channels_server_idx', ['serverId', 'id'], { where: 'server_id IS NOT NULL' })
export class ChannelRow {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'channels_pkey' })
  id!: string;

  @Column('text')
  kind!: ChannelKind;

  /** Its channels go before a server does: `ServerDepartures`. */
  @ForeignKey(() => ServerRow, { name: 'channels_server_fkey' })
  @Column('uuid', { name: 'server_id', nullable: true })
  serverId!: string | null;

  /** Whether one needs to be added. */
  @Column('boolean', { name: 'is_private', default: true })
  isPrivate!: boolean;

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

import { Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';
import { ServerRow } from './server.entity.js';

/** A way into a server. There is no column for who made it or who came by it. */
@Entity('server_invites')
@Unique('server_invites_code_key', ['codeHash'])
@Index('server_invites_server_idx', ['serverId', 'id'])
@Index('server_invites_expires_at_idx', ['expiresAt'], { where: 'expires_at IS NOT NULL' })
@Index('server_invites_used_up_idx', ['id'], { where: 'uses >= max_uses' })
export class ServerInviteRow {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'server_invites_pkey' })
  id!: string;

  @ForeignKey(() => ServerRow, { name: 'server_invites_server_fkey', onDelete: 'CASCADE' })
  @Column('uuid', { name: 'server_id' })
  serverId!: string;

  @Column('bytea', { name: 'code_hash' })
  codeHash!: Buffer;

  @Column('integer', { name: 'max_uses', nullable: true })
  maxUses!: number | null;

  @Column('integer', { default: 0 })
  uses!: number;

  @Column({ type: 'timestamptz', name: 'expires_at', precision: 3, nullable: true })
  expiresAt!: Date | null;

  @Column({ type: 'timestamptz', name: 'created_at', precision: 3 })
  createdAt!: Date;
}

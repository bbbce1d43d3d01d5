import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { ServerRow } from './server.entity.js';
import type { ServerRole } from './server-role.js';

@Entity('server_members')
@Index('server_members_owner_key', ['serverId'], { unique: true, where: "role = 'OWNER'" })
@Index('server_members_account_idx', ['accountId', 'serverId'])
@Index('server_members_joined_idx', ['serverId', 'joinedAt', 'accountId'])
export class ServerMemberRow {
  @PrimaryColumn('uuid', { name: 'server_id', primaryKeyConstraintName: 'server_members_pkey' })
  @ForeignKey(() => ServerRow, { name: 'server_members_server_fkey', onDelete: 'CASCADE' })
  serverId!: string;

  @PrimaryColumn('uuid', { name: 'account_id', primaryKeyConstraintName: 'server_members_pkey' })
  @ForeignKey('AccountRow', { name: 'server_members_account_fkey', onDelete: 'CASCADE' })
  accountId!: string;

  @Column('text')
  role!: ServerRole;

  @Column({ type: 'timestamptz', name: 'joined_at', precision: 3 })
  joinedAt!: Date;
}

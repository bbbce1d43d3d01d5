import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { AccountRow } from './account.entity.js';

/** One login: the family of refresh tokens that follow each other. Ending it deletes the row. */
@Entity('sessions')
@Index('sessions_account_idx', ['accountId'])
@Index('sessions_device_idx', ['deviceId'])
@Index('sessions_expires_at_idx', ['expiresAt'])
@Index('sessions_last_used_at_idx', ['lastUsedAt'])
export class SessionRow {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'sessions_pkey' })
  id!: string;

  @ForeignKey(() => AccountRow, { name: 'sessions_account_fkey', onDelete: 'CASCADE' })
  @Column('uuid', { name: 'account_id' })
  accountId!: string;

  // By its table: devices belong to a module on the right.
  @ForeignKey('devices', { name: 'sessions_device_fkey', onDelete: 'CASCADE' })
  @Column('uuid', { name: 'device_id', nullable: true })
  deviceId!: string | null;

  @Column({ type: 'timestamptz', name: 'created_at', precision: 3 })
  createdAt!: Date;

  @Column({ type: 'timestamptz', name: 'last_used_at', precision: 3 })
  lastUsedAt!: Date;

  /** When its newest refresh token expires. */
  @Column({ type: 'timestamptz', name: 'expires_at', precision: 3 })
  expiresAt!: Date;
}

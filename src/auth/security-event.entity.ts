import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { AccountRow } from './account.entity.js';
import type { SecurityEventKind } from './security-event.type.js';

/** Something that happened to an account, as its owner may want to know. Written once, never changed. */
@Entity('security_events')
@Index('security_events_account_idx', ['accountId', 'id'])
@Index('security_events_at_idx', ['at'])
export class SecurityEventRow {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'security_events_pkey' })
  id!: string;

  @ForeignKey(() => AccountRow, { name: 'security_events_account_fkey', onDelete: 'CASCADE' })
  @Column('uuid', { name: 'account_id' })
  accountId!: string;

  @Column('text')
  kind!: SecurityEventKind;

  @Column({ type: 'timestamptz', precision: 3 })
  at!: Date;

  /** No foreign key: the event outlives the session. */
  @Column('uuid', { name: 'session_id', nullable: true })
  sessionId!: string | null;

  @Column('uuid', { name: 'device_id', nullable: true })
  deviceId!: string | null;
}

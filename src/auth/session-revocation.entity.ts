import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** Outlives the session's row: access tokens of the session may still be around. */
@Entity('session_revocations')
@Index('session_revocations_revoked_at_idx', ['revokedAt'])
export class SessionRevocationRow {
  @PrimaryColumn('uuid', { name: 'session_id', primaryKeyConstraintName: 'session_revocations_pkey' })
  sessionId!: string;

  @Column({ type: 'timestamptz', name: 'revoked_at', precision: 3 })
  revokedAt!: Date;
}

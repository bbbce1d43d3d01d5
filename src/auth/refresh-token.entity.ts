import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { SessionRow } from './session.entity.js';

/** One link of a session's chain. Used ones stay until they expire, so that using one again is noticed. */
@Entity('refresh_tokens')
@Index('refresh_tokens_session_idx', ['sessionId'])
@Index('refresh_tokens_expires_at_idx', ['expiresAt'])
export class RefreshTokenRow {
  /** SHA-256: the token has 256 random bits, so nothing slower is needed. */
  @PrimaryColumn('bytea', { name: 'token_hash', primaryKeyConstraintName: 'refresh_tokens_pkey' })
  tokenHash!: Buffer;

  @ForeignKey(() => SessionRow, { name: 'refresh_tokens_session_fkey', onDelete: 'CASCADE' })
  @Column('uuid', { name: 'session_id' })
  sessionId!: string;

  @Column({ type: 'timestamptz', name: 'expires_at', precision: 3 })
  expiresAt!: Date;

  @Column({ type: 'timestamptz', name: 'replaced_at', precision: 3, nullable: true })
  replacedAt!: Date | null;
}

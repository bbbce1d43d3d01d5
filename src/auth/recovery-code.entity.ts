import { Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { AccountRow } from './account.entity.js';

/** A recovery code that was not used yet. */
@Entity('recovery_codes')
export class RecoveryCodeRow {
  @ForeignKey(() => AccountRow, { name: 'recovery_codes_account_fkey', onDelete: 'CASCADE' })
  @PrimaryColumn('uuid', { name: 'account_id', primaryKeyConstraintName: 'recovery_codes_pkey' })
  accountId!: string;

  @PrimaryColumn('bytea', { name: 'code_hash', primaryKeyConstraintName: 'recovery_codes_pkey' })
  codeHash!: Buffer;
}

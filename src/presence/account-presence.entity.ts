import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { AccountRow } from '../auth/account.entity.js';

/** What others may see of an account's coming and going. No row: everything, and it was never there. */
@Entity('account_presence')
export class AccountPresenceRow {
  @ForeignKey(() => AccountRow, { name: 'account_presence_account_fkey', onDelete: 'CASCADE' })
  @PrimaryColumn('uuid', { name: 'account_id', primaryKeyConstraintName: 'account_presence_pkey' })
  accountId!: string;

  /** Shown as OFFLINE, whatever its devices do. */
  @Column('boolean', { default: false })
  hidden!: boolean;

  @Column('boolean', { name: 'shows_last_active', default: true })
  showsLastActive!: boolean;

  /** Rounded down to the minute. Not written while hidden, nor when it is not shown. */
  @Column({ type: 'timestamptz', name: 'last_active_at', precision: 3, nullable: true })
  lastActiveAt!: Date | null;
}

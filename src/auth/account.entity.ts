import { Column, Entity, PrimaryColumn, Unique } from 'typeorm';
import { AccountRole } from './account-role.js';

/** Somebody who can log in. */
@Entity('accounts')
@Unique('accounts_username_key', ['username'])
export class AccountRow {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'accounts_pkey' })
  id!: string;

  /** In lower case: names are compared without case. */
  @Column('text')
  username!: string;

  /** Argon2id, in PHC string format. */
  @Column('text', { name: 'password_hash' })
  passwordHash!: string;

  @Column('bytea', { name: 'email_hash', nullable: true })
  emailHash!: Buffer | null;

  /** Which pepper `emailHash` was made with, so that peppers can change. */
  @Column('smallint', { name: 'email_pepper_version', nullable: true })
  emailPepperVersion!: number | null;

  /** As granted by hand; `LETHE_ADMINS` may say more, see `roleOf`. */
  @Column('text', { default: AccountRole.USER })
  role!: AccountRole;

  @Column({ type: 'timestamptz', name: 'created_at', precision: 3 })
  createdAt!: Date;

  /** Encrypted (`TotpSecrets`). Present but not confirmed: the owner has not shown a code of it yet. */
  @Column('bytea', { name: 'totp_secret', nullable: true })
  totpSecret!: Buffer | null;

  /** Which key `totpSecret` is encrypted under. */
  @Column('smallint', { name: 'totp_key_version', nullable: true })
  totpKeyVersion!: number | null;

  @Column('boolean', { name: 'totp_confirmed', default: false })
  totpConfirmed!: boolean;

  /** No code of this time step or an earlier one is accepted any more (RFC 6238 section 5.2). */
  @Column('integer', { name: 'totp_last_step', nullable: true })
  totpLastStep!: number | null;

  /** Whether others see how far the account has read, and it sees how far they have. */
  @Column('boolean', { name: 'read_receipts', default: true })
  readReceipts!: boolean;

  get hasEmail(): boolean {
    return this.emailHash !== null;
  }

  get totpEnabled(): boolean {
    return this.totpConfirmed;
  }
}

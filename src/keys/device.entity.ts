import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { AccountRow } from '../auth/account.entity.js';
import type { KemAlgorithm, KeyProfile } from './key-profile.js';

/** One installation of a client: the holder of one identity key. */
@Entity('devices')
@Index('devices_account_idx', ['accountId'])
@Index('devices_identity_key_idx', ['identityKey'], { where: 'active' })
export class DeviceRow {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'devices_pkey' })
  id!: string;

  @ForeignKey(() => AccountRow, { name: 'devices_account_fkey', onDelete: 'CASCADE' })
  @Column('uuid', { name: 'account_id' })
  accountId!: string;

  @Column('text')
  profile!: KeyProfile;

  @Column('integer', { name: 'registration_id' })
  registrationId!: number;

  @Column('bytea', { name: 'identity_key' })
  identityKey!: Buffer;

  @Column('bytea', { name: 'sealed_name', nullable: true })
  sealedName!: Buffer | null;

  /** Once false it stays so: the row remains for those who hold messages of the device. */
  @Column('boolean', { default: true })
  active!: boolean;

  @Column({ type: 'timestamptz', name: 'created_at', precision: 3 })
  createdAt!: Date;

  /** The signed prekey and the last-resort key are those of an active device only. */
  @Column('integer', { name: 'signed_pre_key_id', nullable: true })
  signedPreKeyId!: number | null;

  @Column('bytea', { name: 'signed_pre_key', nullable: true })
  signedPreKey!: Buffer | null;

  @Column('bytea', { name: 'signed_pre_key_signature', nullable: true })
  signedPreKeySignature!: Buffer | null;

  @Column({ type: 'timestamptz', name: 'signed_pre_key_at', precision: 3 })
  signedPreKeyAt!: Date;

  @Column('integer', { name: 'last_resort_key_id', nullable: true })
  lastResortKeyId!: number | null;

  @Column('text', { name: 'last_resort_algorithm', nullable: true })
  lastResortAlgorithm!: KemAlgorithm | null;

  @Column('bytea', { name: 'last_resort_key', nullable: true })
  lastResortKey!: Buffer | null;

  @Column('bytea', { name: 'last_resort_signature', nullable: true })
  lastResortSignature!: Buffer | null;

  /** Whether it was served since it was uploaded. */
  @Column('boolean', { name: 'last_resort_used', default: false })
  lastResortUsed!: boolean;

  /** Below the low mark, and the owner was told or uploaded no more than that. */
  @Column('boolean', { name: 'one_time_low', default: false })
  oneTimeLow!: boolean;

  @Column('boolean', { name: 'kem_low', default: false })
  kemLow!: boolean;

  /** When the upkeep last reminded it of what its prekeys need. */
  @Column({ type: 'timestamptz', name: 'reminded_at', precision: 3, nullable: true })
  remindedAt!: Date | null;
}

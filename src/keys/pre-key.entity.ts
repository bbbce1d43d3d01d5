import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { DeviceRow } from './device.entity.js';
import type { KemAlgorithm } from './key-profile.js';

/** What a prekey is for, as the tables number it. */
export enum PreKeyKind {
  ONE_TIME = 1,
  KEM = 2,
  SIGNED = 3,
  LAST_RESORT = 4,
}

/** Kept in `pre_keys` until they are claimed. */
export type OneTimeKind = PreKeyKind.ONE_TIME | PreKeyKind.KEM;

/** Kept in the device's row until the next one replaces it. */
export type ReplacingKind = PreKeyKind.SIGNED | PreKeyKind.LAST_RESORT;

/** A one-time key that waits to be claimed. */
@Entity('pre_keys')
export class PreKeyRow {
  @ForeignKey(() => DeviceRow, { name: 'pre_keys_device_fkey', onDelete: 'CASCADE' })
  @PrimaryColumn('uuid', { name: 'device_id', primaryKeyConstraintName: 'pre_keys_pkey' })
  deviceId!: string;

  @PrimaryColumn('smallint', { primaryKeyConstraintName: 'pre_keys_pkey' })
  kind!: OneTimeKind;

  @PrimaryColumn('integer', { name: 'key_id', primaryKeyConstraintName: 'pre_keys_pkey' })
  keyId!: number;

  @Column('text', { nullable: true })
  algorithm!: KemAlgorithm | null;

  @Column('bytea', { name: 'public_key' })
  publicKey!: Buffer;

  @Column('bytea', { nullable: true })
  signature!: Buffer | null;
}

/** Remembers ids that bundles carried, so that none of them comes to mean another key. */
@Entity('handed_out_pre_keys')
@Index('handed_out_pre_keys_handed_out_at_idx', ['handedOutAt'])
export class HandedOutPreKeyRow {
  @ForeignKey(() => DeviceRow, { name: 'handed_out_pre_keys_device_fkey', onDelete: 'CASCADE' })
  @PrimaryColumn('uuid', { name: 'device_id', primaryKeyConstraintName: 'handed_out_pre_keys_pkey' })
  deviceId!: string;

  @PrimaryColumn('smallint', { primaryKeyConstraintName: 'handed_out_pre_keys_pkey' })
  kind!: PreKeyKind;

  @PrimaryColumn('integer', { name: 'key_id', primaryKeyConstraintName: 'handed_out_pre_keys_pkey' })
  keyId!: number;

  /** SHA-256 of the public key. */
  @Column('bytea', { name: 'key_hash' })
  keyHash!: Buffer;

  /** When it was claimed, or another one took its place. */
  @Column({ type: 'timestamptz', name: 'handed_out_at', precision: 3 })
  handedOutAt!: Date;
}

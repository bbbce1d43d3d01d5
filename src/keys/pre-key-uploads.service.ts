import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { Viewer } from '../auth/viewer.js';
import { Clock } from '../config/clock.js';
import { LetheError, notFound } from '../errors/lethe-error.js';
import { Limits } from '../limits/limits.service.js';
import { DeviceRow } from './device.entity.js';
import type { UploadPreKeysInput } from './device.inputs.js';
import {
  type GivenPreKey,
  lastResortColumns,
  oneTimeKeysOf,
  publishedKeys,
  replacingKeysOf,
  signedPreKeyColumns,
} from './given-pre-keys.js';
import { refuseFaultyKeys } from './key-refusal.js';
import { findKeyFaults } from './key-validation.js';
import { IDS_KEPT_MS, isLow, stockOf } from './pre-key-marks.js';
import type { PreKeyStock } from './pre-key-stock.type.js';
import { type OneTimeKind, PreKeyKind, type ReplacingKind } from './pre-key.entity.js';
import {
  countPreKeys,
  findKnownPreKeys,
  insertPreKeys,
  type PreKeyCounts,
  rememberReplaced,
} from './pre-keys.queries.js';

const MOST_STORED = 200;

/** How devices get more prekeys. */
@Injectable()
export class PreKeyUploads {
  constructor(
    private readonly dataSource: DataSource,
    private readonly limits: Limits,
    private readonly clock: Clock,
  ) {}

  async upload({ accountId }: Viewer, input: UploadPreKeysInput): Promise<PreKeyStock> {
    await this.limits.take('keyUploads', accountId);
    const own = { id: input.deviceId, accountId, active: true };
    const found = await this.dataSource.manager.findOneBy(DeviceRow, own);
    if (!found) throw notFound();
    // Verified before the transaction, which is not held open meanwhile: the identity key never changes.
    refuseFaultyKeys(await findKeyFaults(publishedKeys(found, input), 'adding'), 'input');
    return this.dataSource.transaction(async (manager) => {
      // Locked: of two uploads at once the second one sees what the first one stored, and no claim comes between.
      const device = await manager.findOne(DeviceRow, { where: own, lock: { mode: 'pessimistic_write' } });
      if (!device) throw notFound();
      return this.store(manager, device, input);
    });
  }

  private async store(manager: EntityManager, device: DeviceRow, input: UploadPreKeysInput): Promise<PreKeyStock> {
    const replacing = await this.newAmong(manager, device, replacingKeysOf(input));
    const oneTimeKeys = await this.newAmong(manager, device, oneTimeKeysOf(input));
    const counts = countsWith(oneTimeKeys, await countPreKeys(manager, device.id));
    await insertPreKeys(manager, device.id, oneTimeKeys);
    const now = this.clock.now();
    for (const { kind } of replacing) await rememberReplaced(manager, device.id, kind, now);
    const changes = {
      ...replacedColumns(replacing, now),
      oneTimeLow: isLow(counts.oneTime),
      kemLow: isLow(counts.kem),
    };
    await manager.update(DeviceRow, { id: device.id }, changes);
    return stockOf({ ...device, ...changes }, counts, now);
  }

  /**
   * Leaves out what the device uploaded before, so that an upload whose answer got lost can be sent again: a key that
   * was handed out must not be stored a second time, nor an old signed prekey take the place of a newer one.
   */
  private async newAmong<Kind extends PreKeyKind>(
    manager: EntityManager,
    device: DeviceRow,
    keys: GivenPreKey<Kind>[],
  ): Promise<GivenPreKey<Kind>[]> {
    const since = new Date(this.clock.now().getTime() - IDS_KEPT_MS);
    const known = await findKnownPreKeys(manager, device.id, keys, since);
    const hashes = new Map(known.map(({ kind, keyId, keyHash }) => [`${kind} ${keyId}`, keyHash]));
    const knownHash = ({ kind, keyId }: GivenPreKey) => hashes.get(`${kind} ${keyId}`);
    const clashing = keys.filter((key) => knownHash(key)?.equals(hashOf(key)) === false);
    if (clashing.length > 0) throw keyIdUsed(clashing);
    return keys.filter((key) => !knownHash(key));
  }
}

const hashOf = ({ publicKey }: GivenPreKey) => createHash('sha256').update(publicKey).digest();

function keyIdUsed(keys: GivenPreKey[]): LetheError {
  const message = 'was used before with another key; take a fresh id';
  const fields = keys.map(({ path }) => ({ path: `input.${path}.keyId`, message }));
  return new LetheError('CONFLICT', `A key id ${message}.`, { reason: 'KEY_ID_USED', fields });
}

function countsWith(keys: GivenPreKey<OneTimeKind>[], before: PreKeyCounts): PreKeyCounts {
  const added = (kind: OneTimeKind) => keys.filter((key) => key.kind === kind).length;
  const oneTime = before.oneTime + added(PreKeyKind.ONE_TIME);
  const kem = before.kem + added(PreKeyKind.KEM);
  if (oneTime > MOST_STORED) throw tooManyStored('input.oneTimePreKeys');
  if (kem > MOST_STORED) throw tooManyStored('input.kemPreKeys');
  return { oneTime, kem, usesKem: before.usesKem || kem > 0 };
}

function tooManyStored(path: string): LetheError {
  const message = `at most ${MOST_STORED} keys are kept for a device`;
  return new LetheError('LIMIT_REACHED', `${path}: ${message}.`, { reason: 'TOO_LARGE', fields: [{ path, message }] });
}

function replacedColumns(keys: GivenPreKey<ReplacingKind>[], now: Date): Partial<DeviceRow> {
  const signed = keys.find(({ kind }) => kind === PreKeyKind.SIGNED);
  const lastResort = keys.find(({ kind }) => kind === PreKeyKind.LAST_RESORT);
  return {
    ...(signed && { ...signedPreKeyColumns(signed), signedPreKeyAt: now }),
    ...(lastResort && { ...lastResortColumns(lastResort), lastResortUsed: false }),
  };
}

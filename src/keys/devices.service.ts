import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { IssuedTokens } from '../auth/issued-tokens.js';
import { Revocations } from '../auth/revocations.js';
import { SecurityEventKind } from '../auth/security-event.type.js';
import { SecurityEvents } from '../auth/security-events.service.js';
import { Sessions } from '../auth/sessions.service.js';
import type { Viewer } from '../auth/viewer.js';
import { Clock } from '../config/clock.js';
import { LetheError, notFound } from '../errors/lethe-error.js';
import { newId } from '../graphql/new-id.js';
import { Limits } from '../limits/limits.service.js';
import { DeviceChanges } from './device-changes.js';
import { DeviceRow } from './device.entity.js';
import type { DeviceKeysInput } from './device.inputs.js';
import { isForeignIdentityKey, lockAccount } from './devices.queries.js';
import { lastResortColumns, oneTimeKeysOf, publishedKeys, signedPreKeyColumns } from './given-pre-keys.js';
import { refuseFaultyKeys } from './key-refusal.js';
import { findKeyFaults } from './key-validation.js';
import { isLow } from './pre-key-marks.js';
import { HandedOutPreKeyRow, PreKeyRow } from './pre-key.entity.js';
import { insertPreKeys } from './pre-keys.queries.js';

const MOST_ACTIVE_DEVICES = 10;

/** How devices come and go. */
@Injectable()
export class Devices {
  constructor(
    private readonly dataSource: DataSource,
    private readonly sessions: Sessions,
    private readonly revocations: Revocations,
    private readonly events: SecurityEvents,
    private readonly changes: DeviceChanges,
    private readonly limits: Limits,
    private readonly clock: Clock,
  ) {}

  /** Refuses keys that are not fit to be published. `path` is where they stand in the operation. */
  async check(keys: DeviceKeysInput, path: string): Promise<void> {
    refuseFaultyKeys(await findKeyFaults(publishedKeys(keys, keys), 'registering'), path);
  }

  /** In the caller's transaction, with keys that were checked. */
  async add(manager: EntityManager, accountId: string, keys: DeviceKeysInput): Promise<DeviceRow> {
    if (!(await lockAccount(manager, accountId))) throw notFound();
    const active = await manager.countBy(DeviceRow, { accountId, active: true });
    if (active >= MOST_ACTIVE_DEVICES) throw tooManyDevices();
    if (await isForeignIdentityKey(manager, accountId, keys.identityKey)) throw keyReused();
    const device = this.newDevice(accountId, keys);
    await manager.insert(DeviceRow, device);
    await insertPreKeys(manager, device.id, oneTimeKeysOf(keys));
    return device;
  }

  async register(viewer: Viewer, keys: DeviceKeysInput): Promise<IssuedTokens> {
    await this.limits.take('keyUploads', viewer.accountId);
    await this.check(keys, 'input');
    const { tokens, tell } = await this.dataSource.transaction(async (manager) => {
      const { id, accountId } = await this.add(manager, viewer.accountId, keys);
      const tokens = await this.sessions.bindDevice(manager, viewer, id);
      await this.events.write(manager, SecurityEventKind.DEVICE_ADDED, { ...viewer, deviceId: id });
      return { tokens, tell: await this.changes.append(manager, { accountId, kind: 'ADDED' }) };
    });
    tell();
    return tokens;
  }

  async find(id: string): Promise<DeviceRow> {
    const device = await this.dataSource.manager.findOneBy(DeviceRow, { id });
    if (!device) throw notFound();
    return device;
  }

  async deactivate(viewer: Viewer, id: string): Promise<DeviceRow> {
    const { accountId } = viewer;
    const { device, tell } = await this.dataSource.transaction(async (manager) => {
      // First of all, as everything does that changes the account: two that lock it last could deadlock.
      await lockAccount(manager, accountId);
      const lock = { mode: 'pessimistic_write' } as const;
      const device = await manager.findOne(DeviceRow, { where: { id, accountId }, lock });
      if (!device) throw notFound();
      if (!device.active) return { device };
      const tell = await this.putOut(manager, device);
      await this.events.write(manager, SecurityEventKind.DEVICE_DEACTIVATED, { ...viewer, deviceId: id });
      return { device, tell };
    });
    tell?.();
    return device;
  }

  private async putOut(manager: EntityManager, device: DeviceRow): Promise<() => void> {
    const { id, accountId } = device;
    const none = { ...signedPreKeyColumns(null), ...lastResortColumns(null) };
    Object.assign(device, { active: false, ...none });
    await manager.update(DeviceRow, { id }, { active: false, ...none });
    await manager.delete(PreKeyRow, { deviceId: id });
    // No further key can be uploaded, so there is no id to hold against one.
    await manager.delete(HandedOutPreKeyRow, { deviceId: id });
    const sessionIds = await this.sessions.endSessionsOfDevice(manager, id);
    const tell = await this.changes.append(manager, { accountId, kind: 'DEACTIVATED' });
    return () => {
      this.revocations.tell(sessionIds);
      tell();
    };
  }

  private newDevice(accountId: string, keys: DeviceKeysInput): DeviceRow {
    const now = this.clock.now();
    return {
      id: newId(now),
      accountId,
      profile: keys.profile,
      registrationId: keys.registrationId,
      identityKey: keys.identityKey,
      sealedName: keys.sealedName ?? null,
      active: true,
      createdAt: now,
      ...signedPreKeyColumns(keys.signedPreKey),
      signedPreKeyAt: now,
      ...lastResortColumns(keys.lastResortKemPreKey ?? null),
      lastResortUsed: false,
      oneTimeLow: isLow(keys.oneTimePreKeys.length),
      kemLow: isLow(keys.kemPreKeys?.length ?? 0),
      remindedAt: null,
    };
  }
}

const tooManyDevices = () =>
  new LetheError('LIMIT_REACHED', `An account has at most ${MOST_ACTIVE_DEVICES} active devices; deactivate one.`, {
    reason: 'TOO_MANY_DEVICES',
  });

const keyReused = () =>
  new LetheError('CONFLICT', 'The identity key belongs to an active device of another account.', {
    reason: 'KEY_REUSED',
  });

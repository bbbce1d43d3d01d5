import { Injectable } from '@nestjs/common';
import type { Viewer } from '../auth/viewer.js';
import { Clock } from '../config/clock.js';
import { Pools } from '../database/pools.js';
import { notFound } from '../errors/lethe-error.js';
import { Limits } from '../limits/limits.service.js';
import { type ClaimedRow, findActiveDeviceIds, takeKeys } from './claims.queries.js';
import type { KeyBundle } from './key-bundle.type.js';
import { PreKeys } from './pre-keys.service.js';

/** Hands out key bundles, and each one-time key once. */
@Injectable()
export class Claims {
  constructor(
    private readonly pools: Pools,
    private readonly preKeys: PreKeys,
    private readonly limits: Limits,
    private readonly clock: Clock,
  ) {}

  /** Of the named devices of the user, or of all that are active. */
  async claim(viewer: Viewer, userId: string, named: string[] | null | undefined): Promise<KeyBundle[]> {
    const active = await findActiveDeviceIds(this.pools.claims, userId);
    const deviceIds = named ? [...new Set(named)] : active;
    if (!active || !deviceIds || !deviceIds.every((id) => active.includes(id))) throw notFound();
    const pooled = await this.allowed(viewer, deviceIds);
    const rows = await takeKeys(this.pools.claims, { deviceIds, pooled, now: this.clock.now() });
    await Promise.all(rows.filter((row) => row.maybeLow).map((row) => this.preKeys.tellIfLow(row.deviceId)));
    return rows.map(bundleOf);
  }

  /** Refuses before any key is taken. Gives the devices whose one-time keys may go. */
  private async allowed({ accountId }: Viewer, deviceIds: string[]): Promise<string[]> {
    for (const id of deviceIds) await this.limits.take('claims', `${accountId} ${id}`);
    if (deviceIds.length > 0) await this.limits.take('claimTargets', accountId, deviceIds.length);
    const allows = await Promise.all(deviceIds.map((id) => this.limits.allows('claimsOfDevice', id)));
    return deviceIds.filter((_, index) => allows[index]);
  }
}

function bundleOf(row: ClaimedRow): KeyBundle {
  const { deviceId, registrationId, profile, identityKey } = row;
  return {
    deviceId,
    registrationId,
    profile,
    identityKey,
    signedPreKey: { keyId: row.signedPreKeyId, publicKey: row.signedPreKey, signature: row.signedPreKeySignature },
    oneTimePreKey:
      row.oneTimeKeyId === null || row.oneTimeKey === null
        ? null
        : { keyId: row.oneTimeKeyId, publicKey: row.oneTimeKey },
    kemPreKey:
      row.kemKeyId === null
        ? null
        : { keyId: row.kemKeyId, algorithm: row.kemAlgorithm, publicKey: row.kemKey, signature: row.kemSignature },
  };
}

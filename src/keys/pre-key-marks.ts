import type { DeviceRow } from './device.entity.js';
import { type PreKeyStock, PreKeyState } from './pre-key-stock.type.js';
import type { PreKeyCounts } from './pre-keys.queries.js';

/** Below this the owner is told. */
export const LOW_MARK = 20;

const DAY_MS = 24 * 3600 * 1000;

/** For so long an id means the key it came with: a message that was sealed for that key may arrive late. */
export const IDS_KEPT_MS = 90 * DAY_MS;

/** Clients rotate the signed prekey weekly; three days more are for those that were away. */
export const STALE_MS = 10 * DAY_MS;

export const isLow = (count: number): boolean => count < LOW_MARK;

export const isStale = ({ signedPreKeyAt }: DeviceRow, now: Date): boolean =>
  now.getTime() - signedPreKeyAt.getTime() >= STALE_MS;

export function stockOf(device: DeviceRow, counts: PreKeyCounts, now: Date): PreKeyStock {
  return {
    deviceId: device.id,
    oneTimePreKeys: counts.oneTime,
    kemPreKeys: counts.kem,
    signedPreKeyAgeDays: Math.max(0, Math.floor((now.getTime() - device.signedPreKeyAt.getTime()) / DAY_MS)),
    lastResortUsed: device.lastResortUsed,
    state: isStale(device, now) ? PreKeyState.STALE : fillingOf(counts),
  };
}

function fillingOf({ oneTime, kem, usesKem }: PreKeyCounts): PreKeyState {
  const scarcest = usesKem ? Math.min(oneTime, kem) : oneTime;
  if (scarcest === 0) return PreKeyState.EMPTY;
  return isLow(scarcest) ? PreKeyState.LOW : PreKeyState.READY;
}

import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Viewer } from '../auth/viewer.js';
import { Clock } from '../config/clock.js';
import { notFound } from '../errors/lethe-error.js';
import { Topics } from '../realtime/topics.js';
import { DeviceRow } from './device.entity.js';
import { isLow, stockOf } from './pre-key-marks.js';
import type { PreKeyStock } from './pre-key-stock.type.js';
import { countPreKeys } from './pre-keys.queries.js';

/** How many prekeys a device has left. */
@Injectable()
export class PreKeys {
  constructor(
    private readonly dataSource: DataSource,
    private readonly topics: Topics,
    private readonly clock: Clock,
  ) {}

  async stock({ accountId }: Pick<Viewer, 'accountId'>, id: string): Promise<PreKeyStock> {
    const { manager } = this.dataSource;
    const device = await manager.findOneBy(DeviceRow, { id, accountId, active: true });
    if (!device) throw notFound();
    return stockOf(device, await countPreKeys(manager, id), this.clock.now());
  }

  /** After a claim was committed: tells the device if its stock fell below the mark, once until it was above again. */
  async tellIfLow(deviceId: string): Promise<void> {
    // The claimer has the keys whatever happens here; the next claim looks again.
    const fell = await this.markLow(deviceId).catch(() => false);
    if (fell) this.topics.publish('pre-keys-low', { deviceId });
  }

  /** With the row locked: of many claims at once the last one counts what all of them left, and one finds the fall. */
  private markLow(id: string): Promise<boolean> {
    return this.dataSource.transaction(async (manager) => {
      const lock = { mode: 'for_no_key_update' } as const;
      const device = await manager.findOne(DeviceRow, { where: { id, active: true }, lock });
      if (!device) return false;
      const { oneTime, kem } = await countPreKeys(manager, id);
      const marks = { oneTimeLow: isLow(oneTime), kemLow: isLow(kem) };
      const fell = (marks.oneTimeLow && !device.oneTimeLow) || (marks.kemLow && !device.kemLow);
      if (fell) await manager.update(DeviceRow, { id }, marks);
      return fell;
    });
  }
}

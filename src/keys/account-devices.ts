import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Device } from './device.type.js';
import { listDevices } from './devices.queries.js';

interface Waiting {
  devices: Promise<Device[]>;
  accountIds: Set<string>;
}

/**
 * The devices of many accounts, asked for one by one: those asked for in the same turn of the event loop are fetched by
 * one statement. Nothing is kept, so operations may share it.
 */
@Injectable()
export class AccountDevices {
  private waiting: Waiting | undefined;

  constructor(private readonly dataSource: DataSource) {}

  /** The active ones and the latest of the others, the oldest first. */
  async list(accountId: string): Promise<Device[]> {
    this.waiting ??= this.gather();
    this.waiting.accountIds.add(accountId);
    const devices = await this.waiting.devices;
    return devices.filter((device) => device.accountId === accountId);
  }

  async listActive(accountId: string): Promise<Device[]> {
    const devices = await this.list(accountId);
    return devices.filter(({ active }) => active);
  }

  private gather(): Waiting {
    const accountIds = new Set<string>();
    const fetch = async () => {
      await new Promise<void>((turn) => setImmediate(turn));
      this.waiting = undefined;
      return listDevices(this.dataSource.manager, [...accountIds]);
    };
    return { accountIds, devices: fetch() };
  }
}

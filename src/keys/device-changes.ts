import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';

export interface DeviceChange {
  accountId: string;
  kind: 'ADDED' | 'DEACTIVATED';
}

/** Writes down what follows from the change, in its transaction; what it gives is called once that is committed. */
type DeviceChangeHandler = (manager: EntityManager, change: DeviceChange) => Promise<() => void>;

/** Where modules on the right join in when the devices of an account change. */
@Injectable()
export class DeviceChanges {
  private readonly handlers: DeviceChangeHandler[] = [];

  onChange(handler: DeviceChangeHandler): void {
    this.handlers.push(handler);
  }

  /** Called inside the transaction of the change. Gives what to call after its commit. */
  async append(manager: EntityManager, change: DeviceChange): Promise<() => void> {
    const tell: (() => void)[] = [];
    for (const handler of this.handlers) tell.push(await handler(manager, change));
    return () => tell.forEach((call) => call());
  }
}

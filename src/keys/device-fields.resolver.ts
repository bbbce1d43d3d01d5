import { Parent, ResolveField, Resolver } from '@nestjs/graphql';
import { Account } from '../auth/account.type.js';
import { AuthPayload } from '../auth/auth-payload.type.js';
import { User } from '../auth/user.type.js';
import { AccountDevices } from './account-devices.js';
import { Device } from './device.type.js';
import { Devices } from './devices.service.js';

// Types of the module on the left gain their fields about devices here.

@Resolver(() => Account)
export class AccountDevicesResolver {
  constructor(private readonly devices: AccountDevices) {}

  @ResolveField('devices', () => [Device], {
    description:
      'The devices of the account, the oldest first: the active ones, at most 10, and the latest deactivated ones, 100 in all.',
  })
  list(@Parent() account: Account): Promise<Device[]> {
    return this.devices.list(account.id);
  }
}

@Resolver(() => User)
export class UserDevicesResolver {
  constructor(private readonly devices: AccountDevices) {}

  @ResolveField('devices', () => [Device], { description: 'The active devices, at most 10, the oldest first.' })
  list(@Parent() user: User): Promise<Device[]> {
    return this.devices.listActive(user.id);
  }
}

@Resolver(() => AuthPayload)
export class AuthPayloadDeviceResolver {
  constructor(private readonly devices: Devices) {}

  @ResolveField('device', () => Device, {
    nullable: true,
    description: 'The device that the session is bound to; null when it has none.',
  })
  async find(@Parent() { deviceId }: AuthPayload): Promise<Device | null> {
    return deviceId === null ? null : this.devices.find(deviceId);
  }
}

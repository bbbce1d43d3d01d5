import { Global, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AccountDevices } from './account-devices.js';
import { Claims } from './claims.service.js';
import { DeviceChanges } from './device-changes.js';
import { AccountDevicesResolver, AuthPayloadDeviceResolver, UserDevicesResolver } from './device-fields.resolver.js';
import { DeviceSignals } from './device-signals.live.js';
import { DeviceRow } from './device.entity.js';
import { Devices } from './devices.service.js';
import { KeysResolver } from './keys.resolver.js';
import { HandedOutPreKeyRow, PreKeyRow } from './pre-key.entity.js';
import { PreKeyReminders } from './pre-key-reminders.service.js';
import { PreKeyUploads } from './pre-key-uploads.service.js';
import { PreKeys } from './pre-keys.service.js';

@Global()
@Module({
  imports: [TypeOrmModule.forFeature([DeviceRow, PreKeyRow, HandedOutPreKeyRow])],
  providers: [
    AccountDevices,
    AccountDevicesResolver,
    AuthPayloadDeviceResolver,
    Claims,
    DeviceChanges,
    DeviceSignals,
    Devices,
    KeysResolver,
    PreKeyReminders,
    PreKeyUploads,
    PreKeys,
    UserDevicesResolver,
  ],
  exports: [DeviceChanges, DeviceSignals, Devices],
})
export class KeysModule {}

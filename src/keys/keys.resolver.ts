import { Args, Mutation, Parent, Query, ResolveField, Resolver, Subscription } from '@nestjs/graphql';
import { AuthPayload } from '../auth/auth-payload.type.js';
import { CurrentViewer, type Viewer } from '../auth/viewer.js';
import { IdArg, IdListArg } from '../graphql/input-rules.js';
import { Claims } from './claims.service.js';
import { DeviceSignal, isAboutPreKeys } from './device-signal.type.js';
import { DeviceSignals } from './device-signals.live.js';
import { DeviceKeysInput, UploadPreKeysInput } from './device.inputs.js';
import { Device } from './device.type.js';
import { Devices } from './devices.service.js';
import { KeyBundle } from './key-bundle.type.js';
import { PreKeyStock } from './pre-key-stock.type.js';
import { PreKeyUploads } from './pre-key-uploads.service.js';
import { PreKeys } from './pre-keys.service.js';

@Resolver(() => DeviceSignal)
export class KeysResolver {
  constructor(
    private readonly devices: Devices,
    private readonly preKeys: PreKeys,
    private readonly uploads: PreKeyUploads,
    private readonly claims: Claims,
    private readonly signals: DeviceSignals,
  ) {}

  @Mutation(() => AuthPayload, {
    description:
      'Adds a device to the viewer’s account and binds a session to it: this one, if it has no device, else a new one. At most 10 active devices: LIMIT_REACHED, TOO_MANY_DEVICES. At most 60 registrations and uploads an hour and account: RATE_LIMITED.',
  })
  registerDevice(
    @CurrentViewer() viewer: Viewer,
    @Args('input', { description: 'The keys of the device.' }) input: DeviceKeysInput,
  ): Promise<AuthPayload> {
    return this.devices.register(viewer, input);
  }

  @Mutation(() => Device, {
    description:
      'Puts a device of the viewer’s account out of use, for ever: its prekeys are deleted, its sessions end and their sockets close (4401) within a second. Doing it again changes nothing. Not one of theirs: NOT_FOUND.',
  })
  deactivateDevice(
    @CurrentViewer() viewer: Viewer,
    @IdArg('id', { description: 'UUID of the device.' }) id: string,
  ): Promise<Device> {
    return this.devices.deactivate(viewer, id);
  }

  @Mutation(() => PreKeyStock, {
    description:
      'Gives a device more prekeys, and answers what it has now. All of them are stored, or none. At most 60 registrations and uploads an hour and account: RATE_LIMITED.',
  })
  uploadPreKeys(
    @CurrentViewer() viewer: Viewer,
    @Args('input', { description: 'The prekeys.' }) input: UploadPreKeysInput,
  ): Promise<PreKeyStock> {
    return this.uploads.upload(viewer, input);
  }

  @Query(() => PreKeyStock, {
    description:
      'What is left of the prekeys of an active device of the viewer’s account. Not one of theirs: NOT_FOUND.',
  })
  preKeyStock(
    @CurrentViewer() viewer: Viewer,
    @IdArg('deviceId', { description: 'UUID of the device.' }) deviceId: string,
  ): Promise<PreKeyStock> {
    return this.preKeys.stock(viewer, deviceId);
  }

  @Mutation(() => [KeyBundle], {
    description:
      'One bundle for every active device of the user, the oldest device first, each with one-time keys that nobody else is given. From one account: 6 at once for a device and then one every 10 minutes, and 200 bundles an hour: RATE_LIMITED, and no key is taken. A device that is asked for more than 60 bundles an hour keeps its one-time keys. No such user, or not an active device of theirs: NOT_FOUND.',
  })
  claimKeyBundles(
    @CurrentViewer() viewer: Viewer,
    @IdArg('userId', { description: 'UUID of the account; one’s own is allowed.' }) userId: string,
    @IdListArg('deviceIds', 10, { nullable: true, description: 'UUIDs of the devices, at most 10. Null: all of them.' })
    deviceIds: string[] | null | undefined,
  ): Promise<KeyBundle[]> {
    return this.claims.claim(viewer, userId, deviceIds);
  }

  @Subscription(() => DeviceSignal, {
    description:
      'Hints for the device of the session; they may get lost. Up to 128 wait for a slow client, one of each kind and channel or account. No device: FORBIDDEN, DEVICE_REQUIRED.',
  })
  deviceSignals(@CurrentViewer() viewer: Viewer): Promise<AsyncIterableIterator<DeviceSignal>> {
    return this.signals.follow(viewer);
  }

  @ResolveField('stock', () => PreKeyStock, {
    nullable: true,
    description: 'What is left of the device’s prekeys at this moment. Null where the signal is not about them.',
  })
  stock(@Parent() signal: DeviceSignal, @CurrentViewer() { accountId, deviceId }: Viewer): Promise<PreKeyStock> | null {
    // What a whole group is told must not make each of its devices ask PostgreSQL.
    return deviceId === undefined || !isAboutPreKeys(signal) ? null : this.preKeys.stock({ accountId }, deviceId);
  }
}

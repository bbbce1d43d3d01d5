import { ed25519DeviceKeys } from '../device-keys.js';
import { KeyRing } from '../key-ring.js';
import { everybody, everyone, NOT_FOUND, only } from './answers.js';
import { row, type Rows } from './row.js';

export const keyRows: Rows = {
  'Mutation.registerDevice': row(() => ({ input: ed25519DeviceKeys() }), everyone),
  'Mutation.deactivateDevice': row(({ owner }) => ({ id: owner.deviceId }), only('owner')),
  'Mutation.uploadPreKeys': row(
    ({ owner }) => ({ input: { deviceId: owner.deviceId, oneTimePreKeys: KeyRing.ed25519().ecPreKeys(100, 1) } }),
    only('owner'),
  ),
  'Query.preKeyStock': row(({ owner }) => ({ deviceId: owner.deviceId }), only('owner')),
  'Mutation.claimKeyBundles': row(({ people }) => ({ userId: people.bystander.id }), everyone),
  'Mutation.claimKeyBundles, of a device of somebody else': row(
    ({ owner, people }) => ({ userId: people.bystander.id, deviceIds: [owner.deviceId] }),
    everybody(NOT_FOUND),
  ),
  // Nobody here has prekeys left, which they are told at once.
  'Subscription.deviceSignals': row(() => ({}), everyone),
};

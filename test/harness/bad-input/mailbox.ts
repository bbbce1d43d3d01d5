import { randomUUID } from 'node:crypto';
import { bad, BAD_CURSOR, DEVICE_MISMATCH, INVALID, type Operation, TOO_LARGE } from './bad-value.js';
import { ahead, badBodies, badCursors } from './messages.js';
import { badIds, noText, notTheirs, outside } from './values.js';
import type { World } from './world.js';

function delivering({ alice, bob, carol, bobsRegistrationId, clientMessageId }: World): Operation {
  const envelope = { deviceId: bob.deviceId, registrationId: bobsRegistrationId, sealedBody: noText(256) };
  const others = (count: number) => Array.from({ length: count }, () => ({ ...envelope, deviceId: randomUUID() }));
  return {
    good: {
      input: { recipientId: bob.id, clientMessageId: randomUUID(), envelopes: [envelope], ephemeral: false },
    },
    bad: [
      ...badIds('input.recipientId'),
      ...notTheirs('input.recipientId', { 'a device': bob.deviceId }),
      ...bad('input.recipientId', DEVICE_MISMATCH, { 'somebody else': carol.id, oneself: alice.id }),
      ...badIds('input.clientMessageId'),
      ...bad('input.clientMessageId', 'CONFLICT/IDEMPOTENCY_KEY_REUSED', { 'of another delivery': clientMessageId }),
      ...bad('input.envelopes', DEVICE_MISMATCH, { none: [], 'one too many': [envelope, ...others(1)] }),
      ...bad('input.envelopes', INVALID, { '11 envelopes': others(11) }),
      ...bad('input.envelopes', INVALID, { 'a device twice': [envelope, envelope] }, ['input.envelopes.1.deviceId']),
      ...bad('input.envelopes', TOO_LARGE, { '2,001 envelopes': Array(2_001).fill(null) }),
      ...badIds('input.envelopes.0.deviceId'),
      ...bad('input.envelopes.0.deviceId', DEVICE_MISMATCH, {
        'an unknown id': randomUUID(),
        'of another account': carol.deviceId,
        'the one it comes from': alice.deviceId,
      }),
      ...bad('input.envelopes.0.registrationId', DEVICE_MISMATCH, {
        zero: 0,
        '2^31 - 1': 2 ** 31 - 1,
        '-2^31': -(2 ** 31),
      }),
      ...badBodies('input.envelopes.0.sealedBody'),
    ],
  };
}

export function mailboxOperations(world: World): Record<string, Operation> {
  const { mailboxCursor: cursor, bobsMailboxCursor: foreignCursor } = world;
  const badPlaces = (at: string) => [
    ...badCursors(at, { cursor, foreignCursor }),
    ...bad(at, BAD_CURSOR, { ...ahead({ cursor, foreignCursor }), 'of a channel': world.cursor }),
  ];
  return {
    'Mutation.deliver': delivering(world),
    'Query.mailbox': { good: { after: cursor, first: 1 }, bad: [...badPlaces('after'), ...outside('first', 1, 100)] },
    'Subscription.mailbox': { good: { after: cursor }, bad: badPlaces('after') },
    'Mutation.acknowledgeMailbox': { good: { upTo: cursor }, bad: badPlaces('upTo') },
  };
}

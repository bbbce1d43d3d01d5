import { randomUUID } from 'node:crypto';
import { bad, BAD_CURSOR, INVALID, type Operation } from './bad-value.js';
import { badIds, keyset, malformedKeysets, noText, notTheirs, outside, text } from './values.js';
import type { World } from './world.js';

const TEN_YEARS = 315_360_000;

export function channelOperations(world: World): Record<string, Operation> {
  const { alice, bob, carol, group, direct, foreignGroup, lonelyGroup } = world;
  const foreign = { 'a channel of others': foreignGroup };
  const badGroups = (at: string) => [
    ...badIds(at),
    ...notTheirs(at, foreign),
    ...bad(at, 'FORBIDDEN/DIRECT_CHANNEL', { 'a direct channel': direct }),
  ];
  return {
    'Mutation.createGroup': {
      good: { input: { memberIds: [bob.id], sealedMeta: noText(16), defaultTtlSeconds: 60 } },
      bad: [
        ...badIds('input.memberIds.0'),
        ...notTheirs('input.memberIds.0', { 'a device': bob.deviceId }),
        ...bad('input.memberIds', 'LIMIT_REACHED/TOO_MANY_MEMBERS', {
          '1,501 accounts': Array.from({ length: 1_501 }, () => randomUUID()),
        }),
        ...bad('input.memberIds', 'LIMIT_REACHED/TOO_LARGE', { '2,001 accounts': Array(2_001).fill(bob.id) }),
        ...bad('input.sealedMeta', INVALID, {
          empty: '',
          short: noText(15),
          long: noText(4_097),
          huge: noText(75_000),
        }),
        ...bad('input.sealedMeta', 'BAD_USER_INPUT/NOT_SEALED', { 'plain text': text(64) }),
        ...outside('input.defaultTtlSeconds', 1, TEN_YEARS),
      ],
    },
    'Mutation.addChannelMember': {
      good: { input: { channelId: group, accountId: carol.id } },
      bad: [
        ...badGroups('input.channelId'),
        ...badIds('input.accountId'),
        ...notTheirs('input.accountId', { 'a device': carol.deviceId }),
        ...bad('input.accountId', 'CONFLICT/ALREADY_A_MEMBER', { 'a member': bob.id, oneself: alice.id }),
      ],
    },
    'Mutation.setChannelRole': {
      good: { input: { channelId: group, accountId: bob.id, role: 'ADMIN' } },
      bad: [
        ...badGroups('input.channelId'),
        ...badIds('input.accountId'),
        ...notTheirs('input.accountId', { 'no member': carol.id }),
        ...bad('input.accountId', INVALID, { 'the owner themselves': alice.id }, ['input.role']),
      ],
    },
    'Mutation.removeChannelMember': {
      good: { input: { channelId: group, accountId: bob.id } },
      bad: [
        ...badGroups('input.channelId'),
        ...badIds('input.accountId'),
        ...notTheirs('input.accountId', { 'no member': carol.id }),
        ...bad('input.accountId', INVALID, { oneself: alice.id }),
      ],
    },
    'Mutation.leaveChannel': { good: { id: lonelyGroup }, bad: badGroups('id') },
    'Mutation.openDirect': {
      good: { userId: carol.id },
      bad: [
        ...badIds('userId'),
        ...notTheirs('userId', { 'a device': carol.deviceId }),
        ...bad('userId', INVALID, { oneself: alice.id }),
      ],
    },
    'Query.channel': { good: { id: direct }, bad: [...badIds('id'), ...notTheirs('id', foreign)] },
    'Query.channels': {
      good: { first: 1, after: keyset('channels', group) },
      bad: [...outside('first', 1, 100), ...bad('after', BAD_CURSOR, malformedKeysets('channels'))],
    },
    'Channel.members': {
      good: { first: 1, after: keyset('members', 0, alice.id) },
      bad: [...outside('first', 1, 100), ...bad('after', BAD_CURSOR, malformedKeysets('members'))],
    },
  };
}

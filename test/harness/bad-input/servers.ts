import { bad, BAD_CURSOR, type BadValue, INVALID, type Operation } from './bad-value.js';
import { badIds, keyset, malformedKeysets, noText, notTheirs, outside, text } from './values.js';
import type { World } from './world.js';

const TEN_YEARS = 315_360_000;
const THIRTY_DAYS = 2_592_000;

const malformedCodes = {
  empty: '',
  short: 'A'.repeat(21),
  long: 'A'.repeat(23),
  huge: 'A'.repeat(100_000),
  'with NUL': `${'A'.repeat(21)}\0`,
  'with a line break after it': `${'A'.repeat(22)}\n`,
  'with a letter of base64': `${'A'.repeat(21)}+`,
  'with a lone surrogate': `${'A'.repeat(21)}\ud800`,
  'a piece of SQL': "' OR true OR code = '",
};

const badMeta = (at: string): BadValue[] => [
  ...bad(at, INVALID, { empty: '', short: noText(15), long: noText(4_097), huge: noText(75_000) }),
  ...bad(at, 'BAD_USER_INPUT/NOT_SEALED', { 'plain text': text(64) }),
];

export function serverOperations(world: World): Record<string, Operation> {
  const { server, foreignServer, group } = world;
  const badServers = (at: string) => [
    ...badIds(at),
    ...notTheirs(at, { 'a server of others': foreignServer, 'a channel': group }),
  ];
  return {
    'Query.server': { good: { id: server }, bad: badServers('id') },
    'Query.servers': {
      good: { first: 1, after: keyset('servers', server) },
      bad: [...outside('first', 1, 100), ...bad('after', BAD_CURSOR, malformedKeysets('servers'))],
    },
    'Server.members': {
      good: { first: 1, after: keyset('serverMembers', '2026-11-20T12:00:00.000Z', world.alice.id) },
      bad: [
        ...outside('first', 1, 100),
        ...bad('after', BAD_CURSOR, {
          ...malformedKeysets('serverMembers'),
          'without milliseconds': keyset('serverMembers', '2026-11-20T12:00:00Z', world.alice.id),
          'of another time zone': keyset('serverMembers', '2026-11-20T12:00:00.000+01:00', world.alice.id),
          'of no day': keyset('serverMembers', '2026-02-30T12:00:00.000Z', world.alice.id),
        }),
      ],
    },
    'Mutation.createServer': { good: { input: { sealedMeta: noText(16) } }, bad: badMeta('input.sealedMeta') },
    'Mutation.updateServer': {
      good: { input: { serverId: server, sealedMeta: noText(4_096) } },
      bad: [...badServers('input.serverId'), ...badMeta('input.sealedMeta')],
    },
    'Mutation.createInvite': {
      good: { input: { serverId: server, maxUses: 10_000, expiresInSeconds: 60 } },
      bad: [
        ...badServers('input.serverId'),
        ...outside('input.maxUses', 1, 10_000),
        ...outside('input.expiresInSeconds', 60, THIRTY_DAYS),
      ],
    },
    'Mutation.joinServer': {
      good: { inviteCode: world.inviteCode },
      bad: [
        ...bad('inviteCode', INVALID, malformedCodes),
        ...bad('inviteCode', 'NOT_FOUND', { 'of nothing': 'A'.repeat(22) }),
      ],
    },
    ...memberOperations(world, badServers),
    ...serverChannelOperations(world, badServers),
    'Mutation.revokeInvite': {
      good: { id: world.inviteId },
      bad: [...badIds('id'), ...notTheirs('id', { 'an invite of others': world.foreignInviteId, 'a server': server })],
    },
    'Mutation.leaveServer': {
      good: { id: world.joinedServer },
      bad: [...badServers('id'), ...bad('id', 'CONFLICT/OWNER_MUST_HAND_OVER', { 'their own': server })],
    },
    'Mutation.deleteServer': { good: { id: world.lonelyServer }, bad: badServers('id') },
  };
}

function memberOperations(
  { alice, bob, carol, server }: World,
  badServers: (at: string) => BadValue[],
): Record<string, Operation> {
  const badMembers = (at: string) => [
    ...badIds(at),
    ...notTheirs(at, { 'no member': carol.id, 'a device': bob.deviceId }),
  ];
  return {
    'Mutation.setServerRole': {
      good: { input: { serverId: server, accountId: bob.id, role: 'MODERATOR' } },
      bad: [
        ...badServers('input.serverId'),
        ...badMembers('input.accountId'),
        ...bad('input.accountId', INVALID, { 'the owner themselves': alice.id }, ['input.role']),
      ],
    },
    'Mutation.removeServerMember': {
      good: { input: { serverId: server, accountId: bob.id } },
      bad: [
        ...badServers('input.serverId'),
        ...badMembers('input.accountId'),
        ...bad('input.accountId', INVALID, { oneself: alice.id }),
      ],
    },
  };
}

function serverChannelOperations(
  { server, group, direct, foreignGroup, serverChannel, joinableChannel }: World,
  badServers: (at: string) => BadValue[],
): Record<string, Operation> {
  const foreign = { 'a channel of others': foreignGroup, 'a server': server };
  return {
    'Mutation.createChannel': {
      good: { input: { serverId: server, sealedMeta: noText(16), isPrivate: true, defaultTtlSeconds: 60 } },
      bad: [
        ...badServers('input.serverId'),
        ...badMeta('input.sealedMeta'),
        ...outside('input.defaultTtlSeconds', 1, TEN_YEARS),
      ],
    },
    'Mutation.updateChannel': {
      good: { input: { channelId: group, sealedMeta: noText(16), defaultTtlSeconds: TEN_YEARS } },
      bad: [
        ...badIds('input.channelId'),
        ...notTheirs('input.channelId', foreign),
        ...badMeta('input.sealedMeta'),
        ...bad('input.sealedMeta', INVALID, { 'none for a group': null }),
        ...outside('input.defaultTtlSeconds', 1, TEN_YEARS),
      ],
    },
    'Mutation.joinChannel': {
      good: { id: joinableChannel },
      bad: [
        ...badIds('id'),
        ...notTheirs('id', foreign),
        ...bad('id', 'FORBIDDEN/DIRECT_CHANNEL', { 'a direct channel': direct }),
        ...bad('id', 'FORBIDDEN/RIGHT_MISSING', { 'a group': group }),
      ],
    },
    'Mutation.deleteChannel': {
      good: { id: serverChannel },
      bad: [
        ...badIds('id'),
        ...notTheirs('id', foreign),
        ...bad('id', 'FORBIDDEN/DIRECT_CHANNEL', { 'a direct channel': direct }),
        ...bad('id', 'FORBIDDEN/RIGHT_MISSING', { 'one of the admins of its server': joinableChannel }),
      ],
    },
  };
}

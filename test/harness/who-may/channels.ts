import { sealed } from '../person.js';
import { everybody, everyone, from, insiders, INVALID, NOT_FOUND, only, RIGHT_MISSING } from './answers.js';
import { row, type Rows } from './row.js';

const sealedMeta = sealed('meta');
const DIRECT_CHANNEL = 'FORBIDDEN/DIRECT_CHANNEL';
/** Both in it are told that it is not done there. */
const neitherOfTwo = { ...everybody(NOT_FOUND), owner: DIRECT_CHANNEL, member: DIRECT_CHANNEL };
const members = 'members { nodes { accountId } }';

export const channelRows: Rows = {
  'Mutation.openDirect': row(({ people }) => ({ userId: people.newcomer.id }), everyone),
  'Mutation.openNotes': row(() => ({}), everyone),
  'Mutation.createGroup': row(({ people }) => ({ input: { memberIds: [people.newcomer.id], sealedMeta } }), everyone),

  'Query.channels': row(() => ({}), everyone),
  'Query.channel': row(async ({ group }) => ({ id: await group }), insiders),
  'Query.channel, its members': row(async ({ group }) => ({ id: await group }), insiders, { select: members }),
  'Query.channel, between two': row(async ({ direct }) => ({ id: await direct }), only('owner', 'member')),
  'Query.channel, of one': row(async ({ notes }) => ({ id: await notes }), only('owner')),

  'Mutation.addChannelMember': row(
    async ({ group, people }) => ({ input: { channelId: await group, accountId: people.newcomer.id } }),
    from('admin'),
  ),
  'Mutation.addChannelMember, oneself': row(
    async ({ group }, who) => ({ input: { channelId: await group, accountId: who.id } }),
    {
      ...from('admin'),
      admin: 'CONFLICT/ALREADY_A_MEMBER',
      owner: 'CONFLICT/ALREADY_A_MEMBER',
    },
  ),
  'Mutation.addChannelMember, between two': row(
    async ({ direct, people }) => ({ input: { channelId: await direct, accountId: people.newcomer.id } }),
    neitherOfTwo,
  ),
  'Mutation.removeChannelMember': row(
    async ({ group, people }) => ({ input: { channelId: await group, accountId: people.bystander.id } }),
    from('admin'),
  ),
  'Mutation.removeChannelMember, an admin': row(
    async ({ group, people }) => ({ input: { channelId: await group, accountId: people.deputy.id } }),
    from('owner'),
  ),
  'Mutation.removeChannelMember, the owner': row(
    async ({ group, owner }) => ({ input: { channelId: await group, accountId: owner.id } }),
    { ...from('owner'), owner: INVALID },
  ),
  'Mutation.removeChannelMember, between two': row(
    async ({ direct, people }) => ({ input: { channelId: await direct, accountId: people.bystander.id } }),
    neitherOfTwo,
  ),
  'Mutation.setChannelRole': row(
    async ({ group, people }) => ({ input: { channelId: await group, accountId: people.bystander.id, role: 'ADMIN' } }),
    from('owner'),
  ),
  'Mutation.setChannelRole, to the owner’s': row(
    async ({ group, people }) => ({ input: { channelId: await group, accountId: people.bystander.id, role: 'OWNER' } }),
    from('owner'),
  ),
  'Mutation.setChannelRole, between two': row(
    async ({ direct, people }) => ({ input: { channelId: await direct, accountId: people.member.id, role: 'OWNER' } }),
    neitherOfTwo,
  ),
  'Mutation.updateChannel': row(
    async ({ group }) => ({ input: { channelId: await group, sealedMeta } }),
    from('admin'),
  ),
  'Mutation.updateChannel, between two': row(
    async ({ direct }) => ({ input: { channelId: await direct, defaultTtlSeconds: 60 } }),
    only('owner', 'member'),
  ),
  'Mutation.updateChannel, of one': row(
    async ({ notes }) => ({ input: { channelId: await notes, defaultTtlSeconds: 60 } }),
    only('owner'),
  ),
  'Mutation.deleteChannel': row(async ({ group }) => ({ id: await group }), from('owner')),
  'Mutation.deleteChannel, between two': row(async ({ direct }) => ({ id: await direct }), neitherOfTwo),
  'Mutation.joinChannel, a group': row(async ({ group }) => ({ id: await group }), {
    ...from('owner'),
    owner: RIGHT_MISSING,
  }),
  'Mutation.joinChannel, between two': row(async ({ direct }) => ({ id: await direct }), neitherOfTwo),
  'Mutation.leaveChannel': row(async ({ group }) => ({ id: await group }), insiders),
  'Mutation.leaveChannel, between two': row(async ({ direct }) => ({ id: await direct }), neitherOfTwo),
};

import { sealed } from '../person.js';
import { type Answers, from, insiders, only, RIGHT_MISSING } from './answers.js';
import { newMessage } from './messages.js';
import { ownerTypes, typingIn } from './presence.js';
import { row, type Rows } from './row.js';
import type { World } from './world.js';

type Which = 'serverChannel' | 'lobby' | 'privateChannel';

const sealedMeta = sealed('meta');
const NOT_JOINED = 'FORBIDDEN/NOT_JOINED';
const SERVER_CHANNEL = 'FORBIDDEN/SERVER_CHANNEL';

/** The owner made it, and nobody has joined. */
const ofOwner = from('owner', NOT_JOINED);
/** The member was added; admins see it, and moderators do not. */
const ofOwnerAndMember: Answers = { ...only('owner', 'member'), admin: NOT_JOINED };

/** Somebody to add to a channel or to remove from it, by what they are called in the cast. */
const somebody = (name: keyof World['people'], channel: Which) => async (world: World) => ({
  input: { channelId: await world[channel], accountId: world.people[name].id },
});
const id = (channel: Which) => async (world: World) => ({ id: await world[channel] });
const channelId = (channel: Which) => async (world: World) => ({ channelId: await world[channel] });
const update = (channel: Which) => async (world: World) => ({
  input: { channelId: await world[channel], sealedMeta },
});

export const serverChannelRows: Rows = {
  'Mutation.createChannel': row(
    async ({ server }) => ({ input: { serverId: await server, sealedMeta } }),
    from('admin'),
  ),
  'Query.channel, of a server': row(id('serverChannel'), insiders),
  'Query.channel, not joined': row(id('lobby'), insiders),
  'Query.channel, not joined, its members': row(id('lobby'), ofOwner, { select: 'members { nodes { accountId } }' }),
  'Query.channel, not joined, its messages': row(id('lobby'), ofOwner, { select: 'messages { nodes { id } }' }),
  'Query.channel, private': row(id('privateChannel'), only('owner', 'admin', 'member')),

  'Mutation.updateChannel, of a server': row(update('serverChannel'), from('admin')),
  'Mutation.updateChannel, private': row(update('privateChannel'), {
    ...only('owner', 'admin'),
    member: RIGHT_MISSING,
  }),
  'Mutation.deleteChannel, of a server': row(id('serverChannel'), from('admin')),
  'Mutation.deleteChannel, private': row(id('privateChannel'), { ...only('owner', 'admin'), member: RIGHT_MISSING }),

  'Mutation.joinChannel': row(id('lobby'), insiders),
  'Mutation.joinChannel, private': row(id('privateChannel'), only('owner', 'admin', 'member')),
  'Mutation.leaveChannel, of a server': row(id('serverChannel'), insiders),
  'Mutation.leaveChannel, not joined': row(id('lobby'), ofOwner),

  'Mutation.addChannelMember, of a server': row(somebody('bystander', 'lobby'), from('moderator')),
  'Mutation.addChannelMember, not of the server': row(somebody('newcomer', 'lobby'), {
    ...only(),
    member: RIGHT_MISSING,
  }),
  'Mutation.addChannelMember, private': row(somebody('bystander', 'privateChannel'), {
    ...only('owner', 'admin'),
    member: RIGHT_MISSING,
  }),
  'Mutation.removeChannelMember, of a server': row(somebody('bystander', 'serverChannel'), from('moderator')),
  'Mutation.removeChannelMember, of a server, an admin': row(somebody('deputy', 'serverChannel'), from('owner')),
  'Mutation.setChannelRole, of a server': row(
    async ({ serverChannel, people }) => ({
      input: { channelId: await serverChannel, accountId: people.bystander.id, role: 'ADMIN' },
    }),
    { ...from('owner', SERVER_CHANNEL), owner: SERVER_CHANNEL },
  ),

  'Mutation.postMessage, in a server': row(async (world) => newMessage(world, await world.serverChannel), insiders),
  'Mutation.postMessage, not joined': row(async (world) => newMessage(world, await world.lobby), ofOwner),
  'Mutation.postMessage, private': row(
    async (world) => newMessage(world, await world.privateChannel),
    ofOwnerAndMember,
  ),
  'Query.channelLog, of a server': row(channelId('serverChannel'), insiders),
  'Query.channelLog, not joined': row(channelId('lobby'), ofOwner),
  'Query.channelLog, private': row(channelId('privateChannel'), ofOwnerAndMember),
  'Query.message, of a server': row(async ({ serverMessage }) => ({ id: await serverMessage }), insiders),
  'Query.message, private': row(async ({ privateMessage }) => ({ id: await privateMessage }), ofOwnerAndMember),
  'Subscription.channelLog, of a server': row(channelId('serverChannel'), insiders),
  'Subscription.channelLog, not joined': row(channelId('lobby'), ofOwner),
  'Subscription.channelLog, private': row(channelId('privateChannel'), ofOwnerAndMember),

  'Mutation.sendTyping, not joined': row(async ({ lobby }) => typingIn(await lobby), ofOwner),
  'Mutation.sendTyping, private': row(async ({ privateChannel }) => typingIn(await privateChannel), ofOwnerAndMember),
  'Subscription.typing, not joined': row(channelId('lobby'), ofOwner, {
    provoke: async (world) => ownerTypes(world, await world.lobby),
  }),
  'Subscription.typing, private': row(channelId('privateChannel'), ofOwnerAndMember, {
    provoke: async (world) => ownerTypes(world, await world.privateChannel),
  }),
};

import { sealed } from '../person.js';
import { everyone, from, insiders, INVALID, only, RIGHT_MISSING } from './answers.js';
import { row, type Rows } from './row.js';
import type { World } from './world.js';

const sealedMeta = sealed('meta');

/** With what not everybody in the server sees of it. */
async function everythingOf({ server, invite, privateChannel }: World) {
  await Promise.all([invite, privateChannel]);
  return { id: await server };
}

/** A new role for somebody, who is named by what they are called in the cast. */
const ranking = (name: keyof World['people'], role: string) => async (world: World) => ({
  input: { serverId: await world.server, accountId: world.people[name].id, role },
});

const removing = (name: keyof World['people']) => async (world: World) => ({
  input: { serverId: await world.server, accountId: world.people[name].id },
});

export const serverRows: Rows = {
  'Mutation.createServer': row(() => ({ input: { sealedMeta } }), everyone),
  'Query.servers': row(async (world) => void (await everythingOf(world)), everyone),
  'Query.server': row(everythingOf, insiders),
  'Query.server, its members': row(everythingOf, insiders, { select: 'members { nodes { accountId } }' }),
  'Mutation.updateServer': row(
    async ({ server }) => ({ input: { serverId: await server, sealedMeta } }),
    from('admin'),
  ),
  'Mutation.deleteServer': row(async ({ server }) => ({ id: await server }), from('owner')),

  'Mutation.createInvite': row(async ({ server }) => ({ input: { serverId: await server } }), from('admin')),
  'Mutation.revokeInvite': row(async ({ invite }) => ({ id: (await invite).id }), from('admin')),
  // Who was removed may come back by an invite like anybody else.
  'Mutation.joinServer': row(async ({ invite }) => ({ inviteCode: (await invite).code }), everyone, { admits: true }),
  'Mutation.leaveServer': row(async ({ server }) => ({ id: await server }), {
    ...insiders,
    owner: 'CONFLICT/OWNER_MUST_HAND_OVER',
  }),

  'Mutation.setServerRole': row(ranking('bystander', 'MODERATOR'), from('admin')),
  'Mutation.setServerRole, to one’s own as an admin': row(ranking('bystander', 'ADMIN'), from('owner')),
  'Mutation.setServerRole, of an admin': row(ranking('deputy', 'MEMBER'), from('owner')),
  'Mutation.setServerRole, of the owner': row(ranking('owner', 'ADMIN'), { ...from('owner'), owner: INVALID }),
  'Mutation.setServerRole, to the owner’s': row(ranking('bystander', 'OWNER'), from('owner')),
  'Mutation.setServerRole, of oneself': row(
    async ({ server }, who) => ({ input: { serverId: await server, accountId: who.id, role: 'ADMIN' } }),
    { ...from('owner'), owner: INVALID },
  ),
  'Mutation.setServerRole, of somebody outside': row(ranking('newcomer', 'MODERATOR'), {
    ...only(),
    member: RIGHT_MISSING,
    moderator: RIGHT_MISSING,
  }),

  'Mutation.removeServerMember': row(removing('bystander'), from('moderator')),
  'Mutation.removeServerMember, a moderator': row(removing('moderator'), { ...from('admin'), moderator: INVALID }),
  'Mutation.removeServerMember, an admin': row(removing('deputy'), from('owner')),
  'Mutation.removeServerMember, the owner': row(removing('owner'), { ...from('owner'), owner: INVALID }),
  'Mutation.removeServerMember, somebody outside': row(removing('newcomer'), {
    ...only(),
    member: RIGHT_MISSING,
  }),
};

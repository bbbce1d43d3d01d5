import { randomBytes } from 'node:crypto';
import { everyone, insiders } from './answers.js';
import { row, type Rows } from './row.js';
import type { World } from './world.js';

/** The owner, who is there: those they share a channel with see it, to others it is as if nobody was. */
async function theOwner({ group, owner }: World) {
  await group;
  await owner.asks('mutation { setPresence(status: ONLINE) { status } }');
  return { accountIds: [owner.id] };
}
const unseen = { silent: true, select: 'status lastActiveAt' };

export const typingIn = (channelId: string) => ({
  input: { channelId, token: randomBytes(16).toString('base64') },
});

export async function ownerTypes({ owner }: World, channelId: string): Promise<void> {
  await owner.asks('mutation ($input: SendTypingInput!) { sendTyping(input: $input) }', typingIn(channelId));
}

export const presenceRows: Rows = {
  'Mutation.setPresence': row(() => ({ status: 'AWAY' }), everyone),
  'Query.presence': row(theOwner, everyone, unseen),
  'Subscription.presence': row(theOwner, everyone, unseen),
  'Mutation.sendTyping': row(async ({ group }) => typingIn(await group), insiders),
  'Subscription.typing': row(async ({ group }) => ({ channelId: await group }), insiders, {
    provoke: async (world) => ownerTypes(world, await world.group),
  }),
};

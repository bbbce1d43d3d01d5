import { randomUUID } from 'node:crypto';
import { sealed } from '../person.js';
import type { DeviceOwner } from '../device-owner.js';
import { everyone, from, insiders, only, RIGHT_MISSING } from './answers.js';
import { row, type Rows } from './row.js';
import type { World } from './world.js';

/** A message that fits the channel. */
export async function newMessage({ owner }: World, channelId: string) {
  const { epoch } = await owner.looksAt(channelId);
  return { input: { channelId, clientMessageId: randomUUID(), epoch, sealedBody: sealed('news') } };
}

/** A reaction to the message, or a new version of it. */
async function amendment(world: World) {
  const { input } = await newMessage(world, await world.group);
  return { ...input, message: await world.message, authorSecret: world.authorSecret.toString('base64') };
}

/** Of one's own notes, of which one is told oneself. */
async function notesOf(who: DeviceOwner): Promise<string> {
  const { openNotes } = await who.asks<{ openNotes: { id: string } }>('mutation { openNotes { id } }');
  return openNotes.id;
}

const nobody = { ...from('owner'), owner: RIGHT_MISSING };

export const messageRows: Rows = {
  'Mutation.react': row(async (world) => {
    const { message, channelId, clientMessageId, epoch, sealedBody } = await amendment(world);
    return { input: { channelId, clientMessageId, epoch, sealedBody, refersTo: message } };
  }, insiders),
  // Whoever has the secret, whatever their rank.
  'Mutation.editMessage': row(async (world) => {
    const { message: messageId, clientMessageId, epoch, sealedBody, authorSecret } = await amendment(world);
    return { input: { messageId, clientMessageId, epoch, sealedBody, authorSecret } };
  }, insiders),
  'Mutation.retract': row(
    async ({ message, authorSecret }) => ({
      input: { messageId: await message, authorSecret: authorSecret.toString('base64') },
    }),
    insiders,
  ),
  'Mutation.retract, without the secret': row(async ({ message }) => ({ input: { messageId: await message } }), nobody),
  'Mutation.retract, without the secret in a server': row(
    async ({ serverMessage }) => ({ input: { messageId: await serverMessage } }),
    from('moderator'),
  ),
  'Mutation.hideMessage': row(async ({ message }) => ({ id: await message }), insiders),
  'Mutation.advanceReceipt': row(async ({ group }) => ({ input: { channelId: await group, readSeq: 1 } }), insiders),
  'Subscription.receipts': row(async (_, who) => void (await notesOf(who)), everyone, {
    provoke: async (world, who) => world.tellsOfReceipt(who, await notesOf(who)),
  }),
  'Mutation.postMessage': row(async (world) => newMessage(world, await world.group), insiders),
  'Mutation.postMessage, between two': row(
    async (world) => newMessage(world, await world.direct),
    only('owner', 'member'),
  ),
  'Mutation.postMessage, to the notes of one': row(
    async (world) => newMessage(world, await world.notes),
    only('owner'),
  ),
  'Mutation.postMessage, as an answer': row(async (world) => {
    const { input } = await newMessage(world, await world.group);
    return { input: { ...input, refersTo: await world.message } };
  }, insiders),
  'Query.channelLog': row(async ({ group }) => ({ channelId: await group }), insiders),
  'Query.channelLog, after a cursor': row(
    async ({ group, cursor }) => ({ channelId: await group, after: await cursor }),
    insiders,
  ),
  'Query.channel, its messages': row(async ({ group }) => ({ id: await group }), insiders, {
    select: 'messages { nodes { id sealedBody } }',
  }),
  'Query.message': row(async ({ message }) => ({ id: await message }), insiders),
  'Subscription.channelLog': row(async ({ group }) => ({ channelId: await group }), insiders),
  'Subscription.channelLog, between two': row(
    async ({ direct }) => ({ channelId: await direct }),
    only('owner', 'member'),
  ),
  'Subscription.channelLog, after a cursor': row(
    async ({ group, cursor }) => ({ channelId: await group, after: await cursor }),
    insiders,
  ),
  // Everybody has notes, of which it tells at once; of the group it tells those who are in it.
  'Subscription.feed': row(
    async ({ group, cursor }, who) => {
      await who.asks('mutation { openNotes { id } }');
      return { after: [{ channelId: await group, after: await cursor }] };
    },
    everyone,
    { silent: true },
  ),
};

import { randomUUID } from 'node:crypto';
import { sealed } from '../person.js';
import { everyone, insiders, only } from './answers.js';
import { row, type Rows } from './row.js';
import type { World } from './world.js';

/** A message that fits the channel. */
export async function newMessage({ owner }: World, channelId: string) {
  const { epoch } = await owner.looksAt(channelId);
  return { input: { channelId, clientMessageId: randomUUID(), epoch, sealedBody: sealed('news') } };
}

export const messageRows: Rows = {
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

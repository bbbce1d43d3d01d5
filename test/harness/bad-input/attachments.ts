import { randomUUID } from 'node:crypto';
import { bad, INVALID, type BadValue, type Operation, TOO_LARGE } from './bad-value.js';
import { badIds, noText, notTheirs } from './values.js';
import type { World } from './world.js';

const NOT_PADDED = 'BAD_USER_INPUT/NOT_PADDED';

const unpadded = {
  zero: 0,
  negative: -16_384,
  small: 8_192,
  between: 16_385,
  'between Padmé sizes': 1_048_577,
  large: 109_051_904,
  '2^31 - 1': 2 ** 31 - 1,
  '-2^31': -(2 ** 31),
};

/** Ids of attachments that cannot go with a message. */
export const badAttachmentIds = (at: string, world: World): BadValue[] => [
  ...badIds(`${at}.0`),
  ...bad(
    `${at}.0`,
    'BAD_USER_INPUT/NOT_ATTACHABLE',
    {
      'an unknown id': randomUUID(),
      'one that is not completed': world.uploadedId,
      'one that is attached': world.bobsAttachmentId,
      'one of another channel': world.foreignAttachmentId,
    },
    [at],
  ),
  ...bad(at, INVALID, { '11 of them': Array.from({ length: 11 }, () => randomUUID()) }),
  ...bad(at, INVALID, { 'one twice': [world.readyId, world.readyId] }),
  ...bad(at, TOO_LARGE, { '2,001 of them': Array(2_001).fill(world.readyId) }, []),
];

export function attachmentOperations(world: World): Record<string, Operation> {
  const { group, foreignGroup, uploadedId, spareAttachmentId, bobsAttachmentId, foreignAttachmentId } = world;
  const foreign = { 'one of a channel of others': foreignAttachmentId, 'a channel': group };
  const badAttachments = [...badIds('id'), ...notTheirs('id', foreign)];
  const bobs = bad('id', 'FORBIDDEN/RIGHT_MISSING', { 'one of somebody else': bobsAttachmentId });
  return {
    'Mutation.requestUpload': {
      good: { input: { channelId: group, size: 16_384, sha256: noText(32) } },
      bad: [
        ...badIds('input.channelId'),
        ...notTheirs('input.channelId', { 'a channel of others': foreignGroup }),
        ...bad('input.size', NOT_PADDED, unpadded),
        ...bad('input.sha256', INVALID, { empty: '', short: noText(31), long: noText(33) }),
      ],
    },
    'Mutation.completeUpload': { good: { id: uploadedId }, bad: [...badAttachments, ...bobs] },
    'Query.attachment': { good: { id: bobsAttachmentId }, bad: badAttachments },
    'Mutation.deleteAttachment': { good: { id: spareAttachmentId }, bad: [...badAttachments, ...bobs] },
  };
}

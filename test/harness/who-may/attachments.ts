import { sha256, someFile } from '../sealed-file.js';
import { type Answers, from, insiders, only, RIGHT_MISSING } from './answers.js';
import { newMessage } from './messages.js';
import { row, type Rows } from './row.js';
import type { World } from './world.js';

/** Who uploads whatever is asked for here. */
const ofUploader = only('owner');

const NOT_ATTACHABLE = 'BAD_USER_INPUT/NOT_ATTACHABLE';
const NOT_JOINED = 'FORBIDDEN/NOT_JOINED';

const upload = (channelId: string) => {
  const file = someFile();
  return { input: { channelId, size: file.length, sha256: sha256(file).toString('base64') } };
};

const id =
  (which: 'uploading' | 'waiting' | 'attached' | 'inServer' | 'inPrivate') =>
  async ({ files }: World) => ({
    id: await files[which],
  });

/** In the message of somebody else, a file that waits is as good as none. */
const byUploader: Answers = { ...insiders, member: NOT_ATTACHABLE, moderator: NOT_ATTACHABLE, admin: NOT_ATTACHABLE };

export const attachmentRows: Rows = {
  'Mutation.requestUpload': row(async ({ group }) => upload(await group), insiders),
  'Mutation.requestUpload, between two': row(async ({ direct }) => upload(await direct), only('owner', 'member')),
  'Mutation.requestUpload, in a server': row(async ({ serverChannel }) => upload(await serverChannel), insiders),
  'Mutation.requestUpload, not joined': row(async ({ lobby }) => upload(await lobby), from('owner', NOT_JOINED)),
  'Mutation.completeUpload': row(id('uploading'), ofUploader),
  'Mutation.completeUpload, attached': row(id('attached'), from('owner')),
  'Query.attachment': row(id('attached'), insiders, { select: 'id state downloadUrl' }),
  'Query.attachment, that waits': row(id('waiting'), ofUploader, { select: 'id state downloadUrl' }),
  'Query.attachment, in a server': row(id('inServer'), insiders, { select: 'id downloadUrl' }),
  'Query.attachment, private': row(id('inPrivate'), only('owner', 'member'), { select: 'id downloadUrl' }),
  'Query.message, its attachments': row(async ({ files }) => ({ id: await files.message }), insiders, {
    select: 'attachments { id downloadUrl }',
  }),
  'Mutation.deleteAttachment': row(id('attached'), from('owner')),
  'Mutation.deleteAttachment, that waits': row(id('waiting'), ofUploader),
  'Mutation.deleteAttachment, in a server': row(id('inServer'), from('moderator')),
  'Mutation.deleteAttachment, private': row(id('inPrivate'), { ...only('owner'), member: RIGHT_MISSING }),
  'Mutation.postMessage, with a file': row(async (world) => {
    const { input } = await newMessage(world, await world.group);
    return { input: { ...input, attachmentIds: [await world.files.waiting] } };
  }, byUploader),
};

import { randomUUID } from 'node:crypto';
import { badAttachmentIds } from './attachments.js';
import { bad, BAD_CURSOR, BAD_ID, type BadValue, INVALID, type Operation, TOO_LARGE } from './bad-value.js';
import { badIds, noText, notTheirs, outside, text, zeros } from './values.js';
import type { World } from './world.js';

/** With some of its bytes replaced. */
function changed(base64url: string, offset: number, bytes: Buffer): string {
  const buffer = Buffer.from(base64url, 'base64url');
  bytes.copy(buffer, offset);
  return buffer.toString('base64url');
}

const int = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

const CURSOR_SEQ = 25;
const ENTRY_SEQ = 16;

/** A cursor of the log or mailbox that is asked for, and one of another. */
type Cursors = Pick<World, 'cursor' | 'foreignCursor'>;

const malformedCursors = ({ cursor, foreignCursor }: Cursors): Record<string, string> => ({
  empty: '',
  'a word': 'somewhere',
  'with NUL': `${cursor}\0`,
  padded: `${cursor}=`,
  'cut short': cursor.slice(0, -4),
  'gone on with': `${cursor}AAAA`,
  'of something else': foreignCursor,
  'of another version': changed(cursor, 0, Buffer.from([2])),
  'beyond any log': changed(cursor, CURSOR_SEQ, int(2 ** 31 - 1)),
  'further beyond any log': changed(cursor, CURSOR_SEQ, int(2 ** 32 - 1)),
});

export const ahead = ({ cursor }: Cursors) => ({ 'ahead of the log': changed(cursor, CURSOR_SEQ, int(2)) });

export const badCursors = (at: string, cursors: Cursors): BadValue[] => [
  ...bad(at, BAD_CURSOR, malformedCursors(cursors)),
  ...bad(at, 'EXPIRED/STREAM_RESET', { 'from before a backup': changed(cursors.cursor, 1, Buffer.alloc(8)) }),
];

const malformedEntryIds = (id: string): Record<string, unknown> => ({
  empty: '',
  'a word': 'somewhere',
  'a number': 12345,
  'a channel': randomUUID(),
  'with NUL': `${id}\0`,
  'cut short': id.slice(0, -4),
  'gone on with': `${id}AAAA`,
  'before the first': changed(id, ENTRY_SEQ, int(0)),
  'beyond any log': changed(id, ENTRY_SEQ, int(2 ** 31 - 1)),
  'further beyond any log': changed(id, ENTRY_SEQ, int(2 ** 32 - 1)),
  huge: 'A'.repeat(100_000),
});

const NOT_PADDED = 'BAD_USER_INPUT/NOT_PADDED';
const NOT_SEALED = 'BAD_USER_INPUT/NOT_SEALED';

const badRetryKeys = (at: string, { clientMessageId }: World): BadValue[] => [
  ...badIds(at),
  ...bad(at, 'CONFLICT/IDEMPOTENCY_KEY_REUSED', { 'of another message': clientMessageId }),
];

const badEpochs = (at: string): BadValue[] =>
  bad(at, 'CONFLICT/STALE_EPOCH', { zero: 0, next: 2, '2^31 - 1': 2 ** 31 - 1, '-2^31': -(2 ** 31) });

export const badBodies = (at: string): BadValue[] => [
  ...bad(at, NOT_PADDED, {
    empty: '',
    short: noText(255),
    between: noText(257),
    long: noText(90_000),
  }),
  ...bad(at, NOT_SEALED, {
    'plain text': text(256),
    'long plain text': text(65_536),
    zeros: zeros(256),
  }),
];

const badTags = (at: string): BadValue[] => bad(at, INVALID, { empty: '', short: noText(31), long: noText(33) });

const badSecrets = (at: string): BadValue[] => [
  ...bad(at, INVALID, { empty: '', short: noText(15), long: noText(257) }),
  ...bad(at, 'FORBIDDEN/WRONG_AUTHOR_SECRET', { 'of another message': noText(32) }),
];

const notWritten = (entryId: string) => ({ 'not written yet': changed(entryId, ENTRY_SEQ, int(1_000)) });

function posting(world: World): Operation {
  const { group, entryId, foreignGroup, foreignEntryId, readyId } = world;
  return {
    good: {
      input: {
        channelId: group,
        clientMessageId: randomUUID(),
        epoch: 1,
        sealedBody: noText(256),
        authorTag: noText(32),
        refersTo: null,
        expiresInSeconds: 60,
        attachmentIds: [readyId],
      },
    },
    bad: [
      ...badIds('input.channelId'),
      ...notTheirs('input.channelId', { 'a channel of others': foreignGroup }),
      ...badRetryKeys('input.clientMessageId', world),
      ...badEpochs('input.epoch'),
      ...badBodies('input.sealedBody'),
      ...badTags('input.authorTag'),
      ...bad('input.refersTo', BAD_ID, malformedEntryIds(entryId)),
      ...bad('input.refersTo', INVALID, { 'of another channel': foreignEntryId, ...notWritten(entryId) }),
      ...outside('input.expiresInSeconds', 1, 315_360_000),
      ...badAttachmentIds('input.attachmentIds', world),
    ],
  };
}

function reacting(world: World): Operation {
  const { group, entryId, foreignGroup, foreignEntryId } = world;
  return {
    good: {
      input: {
        channelId: group,
        clientMessageId: randomUUID(),
        epoch: 1,
        refersTo: entryId,
        sealedBody: noText(256),
        authorTag: noText(32),
      },
    },
    bad: [
      ...badIds('input.channelId'),
      ...bad('input.channelId', INVALID, { 'a channel of others': foreignGroup }, ['input.refersTo']),
      ...badRetryKeys('input.clientMessageId', world),
      ...badEpochs('input.epoch'),
      ...badBodies('input.sealedBody'),
      ...bad('input.sealedBody', NOT_PADDED, { 'as long as a message': noText(512) }),
      ...badTags('input.authorTag'),
      ...bad('input.refersTo', BAD_ID, malformedEntryIds(entryId)),
      ...bad('input.refersTo', INVALID, { 'of another channel': foreignEntryId, ...notWritten(entryId) }),
    ],
  };
}

function editing(world: World): Operation {
  const { entryId, foreignEntryId, authorSecret } = world;
  return {
    good: {
      input: {
        messageId: entryId,
        clientMessageId: randomUUID(),
        epoch: 1,
        sealedBody: noText(256),
        authorSecret,
      },
    },
    bad: [
      ...bad('input.messageId', BAD_ID, malformedEntryIds(entryId)),
      ...bad('input.messageId', INVALID, notWritten(entryId)),
      ...bad('input.messageId', 'NOT_FOUND', { 'of others': foreignEntryId }),
      ...badRetryKeys('input.clientMessageId', world),
      ...badEpochs('input.epoch'),
      ...badBodies('input.sealedBody'),
      ...badSecrets('input.authorSecret'),
    ],
  };
}

function retracting({ entryId, foreignEntryId, authorSecret }: World): Operation {
  return {
    good: { input: { messageId: entryId, authorSecret } },
    bad: [
      ...bad('input.messageId', BAD_ID, malformedEntryIds(entryId)),
      ...bad('input.messageId', 'NOT_FOUND', { 'of others': foreignEntryId, ...notWritten(entryId) }),
      ...badSecrets('input.authorSecret'),
    ],
  };
}

const badEntries = ({ entryId, foreignEntryId }: World): BadValue[] => [
  ...bad('id', BAD_ID, malformedEntryIds(entryId)),
  ...bad('id', 'NOT_FOUND', { 'of others': foreignEntryId, ...notWritten(entryId) }),
];

export function messageOperations(world: World): Record<string, Operation> {
  const { group, cursor, entryId, foreignGroup } = world;
  const badChannels = (at: string) => [...badIds(at), ...notTheirs(at, { 'a channel of others': foreignGroup })];
  const after = [...badCursors('after', world), ...bad('after', BAD_CURSOR, ahead(world))];
  return {
    'Mutation.postMessage': posting(world),
    'Query.channelLog': {
      good: { channelId: group, after: cursor, first: 1 },
      bad: [...badChannels('channelId'), ...after, ...outside('first', 1, 100)],
    },
    'Query.message': {
      good: { id: entryId },
      bad: badEntries(world),
    },
    'Mutation.react': reacting(world),
    'Mutation.editMessage': editing(world),
    'Mutation.advanceReceipt': {
      good: { input: { channelId: group, deliveredSeq: 1, readSeq: 1 } },
      bad: [
        ...badChannels('input.channelId'),
        ...outside('input.deliveredSeq', 0, 1_000_000),
        ...outside('input.readSeq', 0, 1_000_000),
      ],
    },
    'Channel.messages': {
      good: { first: 1, after: cursor, last: null, before: cursor },
      bad: [
        ...outside('first', 1, 100),
        ...outside('last', 1, 100),
        ...bad('last', INVALID, { 'beside first': 1 }, ['first']),
        ...badCursors('after', world),
        ...badCursors('before', world),
      ],
    },
    'Subscription.channelLog': {
      good: { channelId: group, after: cursor },
      bad: [...badChannels('channelId'), ...after],
    },
    'Subscription.feed': {
      good: { after: [{ channelId: group, after: cursor }] },
      bad: [
        ...badIds('after.0.channelId'),
        ...badCursors('after.0.after', world),
        ...bad('after.0.after', BAD_CURSOR, ahead(world), ['after']),
        ...bad('after', INVALID, { '1,001 cursors': Array(1_001).fill({ channelId: randomUUID(), after: 'A' }) }),
        ...bad('after', INVALID, { 'a channel twice': Array(2).fill({ channelId: group, after: cursor }) }, [
          'after.1.channelId',
        ]),
        ...bad('after', TOO_LARGE, { '2,001 items': Array(2_001).fill(null) }),
      ],
    },
    'Mutation.hideMessage': { good: { id: entryId }, bad: badEntries(world) },
    'Mutation.retract': retracting(world),
  };
}

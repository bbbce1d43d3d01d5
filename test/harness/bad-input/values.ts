import { randomUUID } from 'node:crypto';
import { bad, BAD_ID, type BadValue, INVALID } from './bad-value.js';

const someId = '0190b7c0-1234-7abc-8def-0123456789ab';

/** What no id of an account, device, session or channel looks like. */
export const malformedIds = {
  empty: '',
  'a name': 'somebody',
  'a number': 12345,
  'all zeros': '00000000-0000-0000-0000-000000000000',
  'with NUL': `${someId.slice(0, -1)}\0`,
  'with a line break': `${someId}\n`,
  'without dashes': someId.replaceAll('-', ''),
  'only dashes': '-'.repeat(36),
  'in braces': `{${someId}}`,
  'with a full-width digit': someId.replace('0', '０'),
  'with a lone surrogate': someId.replace('0', '\ud800'),
  'a piece of SQL': "' OR true --",
  huge: 'f'.repeat(100_000),
};

export const badIds = (at: string): BadValue[] => bad(at, BAD_ID, malformedIds);

/** Well-formed, and of nothing, or of nothing that is theirs. */
export const notTheirs = (at: string, foreign: Record<string, string>): BadValue[] =>
  bad(at, 'NOT_FOUND', { 'an unknown id': randomUUID(), ...foreign });

export const outside = (at: string, least: number, most: number): BadValue[] =>
  bad(at, INVALID, { small: least - 1, negative: -1, large: most + 1, '2^31 - 1': 2 ** 31 - 1, '-2^31': -(2 ** 31) });

/** Of a list that is paged through with a key: nothing that the list would have given. */
export const malformedKeysets = (list: string): Record<string, unknown> => ({
  empty: '',
  'a word': 'somewhere',
  'with NUL': '\0',
  'no list': Buffer.from('null').toString('base64url'),
  'an object': keyset({ list }),
  'without a key': keyset(list),
  'of another list': keyset('others', someId),
  'with a key of dashes': keyset(list, '-'.repeat(36)),
  'with an object for a key': keyset(list, { toString: someId }),
  'with a large place': keyset(list, 2 ** 31, someId),
  'with a place too many': keyset(list, 1, 1, someId),
  'in other letters': keyset(list, someId.toUpperCase()),
});

/** A cursor of a list that is paged through with a key. */
export const keyset = (...key: unknown[]) => Buffer.from(JSON.stringify(key)).toString('base64url');

export const text = (bytes: number) => Buffer.alloc(bytes, 'plain text ').toString('base64');
export const noText = (bytes: number) => Buffer.alloc(bytes, 0xff).toString('base64');
export const zeros = (bytes: number) => Buffer.alloc(bytes).toString('base64');

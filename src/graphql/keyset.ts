import type { z } from 'zod';
import { badInput } from '../errors/lethe-error.js';
import type { PageInfo } from './page-info.type.js';

/** A place in a list as a cursor: the name of the list and the sort key of the item. */
export const writeKeyset = (list: string, key: (string | number)[]): string =>
  Buffer.from(JSON.stringify([list, ...key])).toString('base64url');

/** The sort key a cursor of this list stands for. */
export function readKeyset<Key extends (string | number)[]>(
  list: string,
  cursor: string | null | undefined,
  rules: z.ZodType<Key>,
): Key | undefined {
  if (cursor === null || cursor === undefined) return undefined;
  const key = rules.safeParse(keyIn(cursor));
  if (key.success && writeKeyset(list, key.data) === cursor) return key.data;
  throw badInput('after', 'Not a cursor of this list.', 'BAD_CURSOR');
}

function keyIn(cursor: string): unknown[] | undefined {
  try {
    const [, ...key] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[];
    return key;
  } catch {
    return undefined;
  }
}

/** The first of the rows, and whether there were more: lists are asked for one row beyond the page. */
export function forwardPage<T>(
  rows: T[],
  first: number,
  hasPrevious: boolean,
  cursorOf: (row: T) => string,
): { nodes: T[]; pageInfo: PageInfo } {
  const nodes = rows.slice(0, first);
  const [start] = nodes;
  const end = nodes.at(-1);
  return {
    nodes,
    pageInfo: {
      hasNextPage: rows.length > first,
      hasPreviousPage: hasPrevious,
      startCursor: start ? cursorOf(start) : null,
      endCursor: end ? cursorOf(end) : null,
    },
  };
}

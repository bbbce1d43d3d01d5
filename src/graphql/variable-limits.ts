import { GraphQLError } from 'graphql';
import { LetheError } from '../errors/lethe-error.js';

/** No input has as many fields … */
const MOST_FIELDS = 20;
/** … and no list as many items. */
const MOST_ITEMS = 2_000;

/**
 * Throws when the variables hold an object or a list larger than any that fits the schema. graphql-js would go through
 * all of it, and print it whole for every fault it finds: half a second for as much as a request may carry.
 */
export function holdVariables(variables: Readonly<Record<string, unknown>>): void {
  const values = Object.values(variables);
  for (const value of values) {
    if (typeof value !== 'object' || value === null) continue;
    const parts: unknown[] = Object.values(value);
    if (parts.length > (Array.isArray(value) ? MOST_ITEMS : MOST_FIELDS)) throw tooLarge();
    values.push(...parts);
  }
}

/** `http` is for Apollo Server alone and never leaves. */
function tooLarge(): GraphQLError {
  const message = `The variables are too large: at most ${MOST_FIELDS} fields in an object and ${MOST_ITEMS} items in a list.`;
  const originalError = new LetheError('LIMIT_REACHED', message, { reason: 'TOO_LARGE' });
  return new GraphQLError(message, { originalError, extensions: { http: { status: 400 } } });
}

import { GraphQLScalarType, Kind } from 'graphql';
import { LetheError } from '../errors/lethe-error.js';

function text(value: unknown): string {
  if (typeof value === 'string' && value.length <= 256) return value;
  throw new LetheError('BAD_USER_INPUT', 'Expected a cursor of this relay.', { reason: 'BAD_CURSOR' });
}

export const Cursor = new GraphQLScalarType<string, string>({
  name: 'Cursor',
  description:
    'A place in a list or log, at most 256 characters. Opaque: store it and send it back as it came. Not one of this list or channel: BAD_USER_INPUT, BAD_CURSOR; from before a restored backup: EXPIRED, STREAM_RESET.',
  serialize: text,
  parseValue: text,
  parseLiteral: (node) => text(node.kind === Kind.STRING ? node.value : undefined),
});

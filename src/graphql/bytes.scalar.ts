import { GraphQLScalarType, Kind } from 'graphql';
import { LetheError } from '../errors/lethe-error.js';

const shape = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

function decode(value: unknown): Buffer {
  if (typeof value === 'string' && value.length % 4 === 0 && shape.test(value)) {
    const bytes = Buffer.from(value, 'base64');
    // Unused bits of the last character must be zero, or one value would have several spellings.
    if (value.at(-1) !== '=' || bytes.toString('base64').endsWith(value.slice(-4))) return bytes;
  }
  throw new LetheError('BAD_USER_INPUT', 'Expected standard, padded, canonical base64.', { reason: 'BAD_BASE64' });
}

export const Bytes = new GraphQLScalarType<Buffer, string>({
  name: 'Bytes',
  description:
    'Bytes in standard base64: RFC 4648 section 4, padded, canonical. Every field says how many it takes; sizes count the bytes, not the characters. Anything else: BAD_USER_INPUT, BAD_BASE64.',
  serialize: (value) => {
    if (Buffer.isBuffer(value)) return value.toString('base64');
    throw new TypeError('Bytes serializes buffers only.');
  },
  parseValue: decode,
  parseLiteral: (node) => decode(node.kind === Kind.STRING ? node.value : undefined),
});

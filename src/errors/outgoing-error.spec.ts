import { buildSchema, type ExecutionResult, execute, GraphQLError, GraphQLScalarType, parse, validate } from 'graphql';
import { LetheError, notFound } from './lethe-error.js';
import { outgoingError } from './outgoing-error.js';

const schema = buildSchema(`
  scalar Bytes
  enum Profile { ED25519 SIGNAL }
  input Key { id: Int!, bytes: Bytes }
  input Device { profile: Profile!, keys: [Key!]! }
  type Query { register(name: String!, device: Device): Int!, needs(id: Int! = 1): Int! }
`);
Object.assign(schema.getType('Bytes') as GraphQLScalarType, {
  parseValue() {
    throw new LetheError('BAD_USER_INPUT', 'Expected base64.', { reason: 'BAD_BASE64' });
  },
});

describe('what leaves the house', () => {
  const logged: unknown[] = [];
  const leaving = (error: unknown) => outgoingError(error, (...entry) => logged.push(entry));
  const refusalOf = (query: string, variables: Record<string, unknown> = {}, rootValue: unknown = {}) => {
    const document = parse(query);
    const [invalid] = validate(schema, document);
    if (invalid) return leaving(invalid);
    const { errors = [] } = execute({ schema, document, variableValues: variables, rootValue }) as ExecutionResult;
    return leaving(errors[0]);
  };
  const DEVICE = 'query ($device: Device, $name: String = "n") { register(name: $name, device: $device) }';

  beforeEach(() => logged.splice(0));

  it('is our own error with its code, reason and facts, however often it was wrapped', () => {
    const error = new LetheError('CONFLICT', 'Sealed for another epoch.', {
      reason: 'STALE_EPOCH',
      epoch: 4,
      minEpoch: 3,
    });
    const extensions = { code: 'CONFLICT', reason: 'STALE_EPOCH', epoch: 4, minEpoch: 3 };
    expect(leaving(error)).toEqual({ message: 'Sealed for another epoch.', extensions });
    const wrapped = new GraphQLError('outer', {
      path: ['postMessage'],
      originalError: new GraphQLError('inner', { originalError: error }),
    });
    expect(leaving(wrapped)).toEqual({ message: 'Sealed for another epoch.', path: ['postMessage'], extensions });
    expect(leaving(notFound())).toEqual({ message: 'Not found.', extensions: { code: 'NOT_FOUND' } });
    expect(logged).toEqual([]);
  });

  it.each([
    ['ECONNREFUSED', 'DATABASE_DOWN'],
    ['57P01', 'DATABASE_DOWN'],
    ['57014', 'OVERLOADED'],
    ['40P01', 'OVERLOADED'],
  ])('is a reason to try again when PostgreSQL says %s', (code, reason) => {
    const error = Object.assign(new Error('relation "secret" row (alice)'), { code });
    const { message, extensions } = leaving(new GraphQLError('x', { path: ['me'], originalError: error }));
    expect(extensions).toEqual({ code: 'UNAVAILABLE', reason });
    expect(message).not.toContain('alice');
    expect(logged).toEqual([]);
  });

  it('is a reference, and no word of it, when nobody foresaw it', () => {
    const error = Object.assign(new Error('Key (username)=(alice) exists'), { code: '23505', detail: 'alice' });
    const left = leaving(new GraphQLError(error.message, { path: ['register'], originalError: error }));
    expect(JSON.stringify(left)).not.toContain('alice');
    expect(left.extensions?.code).toBe('INTERNAL_SERVER_ERROR');
    expect(logged).toEqual([[left.extensions?.ref, error]]);
  });

  it.each([
    ['a string', 'boom'],
    ['nothing', undefined],
    ['an object', { code: 'FORBIDDEN', message: 'x' }],
    ['a GraphQLError of a resolver', new GraphQLError('alice', { path: ['me'] })],
  ])('is a reference for %s that was thrown', (_, thrown) => {
    expect(leaving(thrown).extensions).toMatchObject({ code: 'INTERNAL_SERVER_ERROR' });
    expect(logged).toHaveLength(1);
  });

  it('is a reference when a resolver gave what the schema forbids', () => {
    expect(refusalOf('{ register(name: "n") }', {}, { register: () => null }).extensions?.code).toBe(
      'INTERNAL_SERVER_ERROR',
    );
    expect(refusalOf('{ register(name: "n") }', {}, { register: () => 'secret' })).toMatchObject({
      message: 'Something went wrong.',
    });
  });

  describe('of a refused variable', () => {
    const device = (keys: unknown, profile: unknown = 'SIGNAL') => refusalOf(DEVICE, { device: { profile, keys } });

    it.each([
      [
        'a wrong type',
        () => device([{ id: 'secret; at "x"; it' }]),
        'device.keys.0.id',
        'Int cannot represent non-integer value.',
      ],
      [
        'a missing field',
        () => device([{}]),
        'device.keys.0.id',
        'Field "id" of required type "Int!" was not provided.',
      ],
      [
        'an unknown field',
        () => device([{ id: 1, byte: 'secret;' }]),
        'device.keys.0.byte',
        'Field "byte" is not defined by type "Key".',
      ],
      ['a null', () => device(null), 'device.keys', 'Expected non-nullable type "[Key!]!" not to be null.'],
      [
        'no enum value that looks like a guess',
        () => device([], 'secret; Did you mean it" cannot represent secret: x'),
        'device.profile',
        'Not a value of enum "Profile".',
      ],
      ['no enum value', () => device([], 'SIGNAL" enum. secret'), 'device.profile', 'Not a value of enum "Profile".'],
      [
        'no enum name',
        () => device([], { secret: 1 }),
        'device.profile',
        'Enum "Profile" cannot represent non-string value.',
      ],
      ['no object', () => refusalOf(DEVICE, { device: 'secret' }), 'device', 'Expected type "Device" to be an object.'],
      [
        'no variable',
        () => refusalOf('query ($name: String!) { register(name: $name) }'),
        'name',
        'Variable "$name" of required type "String!" was not provided.',
      ],
    ])('names the field and repeats nothing: %s', (_, refuse, path, message) => {
      expect(refuse()).toMatchObject({
        message,
        extensions: { code: 'BAD_USER_INPUT', reason: 'INVALID_VALUE', fields: [{ path, message }] },
      });
      expect(JSON.stringify(refuse())).not.toMatch(/secret;|secret"|it"|Did you mean/);
    });

    it('keeps the reason of a scalar', () => {
      expect(device([{ id: 1, bytes: 'secret' }])).toMatchObject({
        message: 'Expected base64.',
        extensions: {
          code: 'BAD_USER_INPUT',
          reason: 'BAD_BASE64',
          fields: [{ path: 'device.keys.0.bytes', message: 'Expected base64.' }],
        },
      });
    });

    it('is the client’s doing also where it shows only at the field', () => {
      const left = refusalOf('query ($id: Int = 1) { needs(id: $id) }', { id: null });
      expect(left.extensions).toMatchObject({ code: 'BAD_USER_INPUT', reason: 'INVALID_VALUE' });
    });
  });

  describe('of a refused document', () => {
    const unread = (query: string, maxLexicalTokens?: number) => {
      try {
        return parse(query, { maxLexicalTokens });
      } catch (error) {
        return leaving(error);
      }
    };

    it.each([
      ['{ me', 'QUERY_MALFORMED', 'Syntax Error: Expected Name, found <EOF>.'],
      ['{ a(b: "secret" "secret") }', 'QUERY_MALFORMED', 'Syntax Error: Expected Name, found String.'],
      ['{ a(b: 1 23456) }', 'QUERY_MALFORMED', 'Syntax Error: Expected Name, found Int.'],
    ])('%s: %s', (query, reason, message) => {
      expect(unread(query)).toMatchObject({ message, extensions: { code: 'BAD_USER_INPUT', reason } });
    });

    it.each([
      ['query ($unused: Int) { a: __typename }', 'Variable "$unused" is never used.'],
      ['{ regster }', 'Cannot query field "regster" on type "Query".'],
      ['{ register(name: 12345) }', 'String cannot represent a non string value.'],
      ['{ register(name: "n", device: { profile: SIGNL, keys: [] }) }', 'Not a value of enum "Profile".'],
      ['{ register }', 'Field "register" argument "name" of type "String!" is required, but it was not provided.'],
    ])('%s', (query, message) => {
      expect(refusalOf(query)).toMatchObject({
        message,
        extensions: { code: 'BAD_USER_INPUT', reason: 'QUERY_INVALID' },
      });
    });

    it('is a limit when it is too long to be read', () => {
      expect(unread('{ a b c d e f g }', 5)).toMatchObject({
        extensions: { code: 'LIMIT_REACHED', reason: 'QUERY_TOO_COSTLY' },
      });
    });
  });
});

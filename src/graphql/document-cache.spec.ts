import { buildSchema, getIntrospectionQuery, type GraphQLError } from 'graphql';
import { readSettings } from '../config/read-settings.js';
import { LetheError } from '../errors/lethe-error.js';
import { DocumentCache } from './document-cache.js';

const schema = buildSchema(`
  scalar Bytes
  interface Entry { id: ID! seq: Int! }
  type Message implements Entry { id: ID! seq: Int! sealedBody: Bytes edits: [Message!]! channel: Channel! }
  type Reaction implements Entry { id: ID! seq: Int! sealedBody: Bytes }
  type Page { entries: [Entry!]! caughtUp: Boolean! }
  type Edge { node: Message! }
  type Messages { nodes: [Message!]! edges: [Edge!]! }
  type Channel { id: ID! messages(first: Int, last: Int): Messages! }
  type Channels { nodes: [Channel!]! }
  type Query { me: Channel! channels(first: Int = 50): Channels! log(first: Int = 100): Page! }
  type Mutation { post(body: Bytes): Message! }
`);

const settings = readSettings({ NODE_ENV: 'test' });
const documents = new DocumentCache(schema, settings);

const fault = (error: GraphQLError): string => {
  const cause = error.originalError;
  return cause instanceof LetheError ? `${cause.code}/${cause.reason}: ${cause.message}` : error.message;
};
const faults = (query: string, variables: Record<string, unknown> = {}, cache = documents): string[] => {
  const read = cache.read({ query, variables });
  return 'errors' in read ? read.errors.map(fault) : [];
};
const TOO_COSTLY = 'LIMIT_REACHED/QUERY_TOO_COSTLY';
const nested = (levels: number): string =>
  levels <= 1
    ? 'id'
    : levels === 2
      ? 'me { id }'
      : `messages(first: 1) { nodes { channel { ${nested(levels - 3)} } } }`;

describe('a document', () => {
  it('is let through as clients write it', () => {
    expect(faults('{ me { id } }')).toEqual([]);
    expect(
      faults(
        'query Q($n: Int) { channels(first: $n) { nodes { id messages(last: 20) { nodes { id sealedBody } } } } }',
      ),
    ).toEqual([]);
    expect(
      faults(
        '{ log { entries { __typename ... on Message { sealedBody edits { sealedBody } } ... on Reaction { sealedBody } } } }',
      ),
    ).toEqual([]);
  });

  it('may ask for the schema, where that may be asked for', () => {
    const introspection = getIntrospectionQuery({ descriptions: true, inputValueDeprecation: true, oneOf: true });
    expect(faults(introspection)).toEqual([]);
    const shut = new DocumentCache(schema, readSettings({ NODE_ENV: 'test', LETHE_INTROSPECTION: 'false' }));
    expect(faults('{ __schema { description } }', {}, shut)[0]).toMatch(/introspection has been disabled/);
    expect(faults('{ __typename me { id } }', {}, shut)).toEqual([]);
  });

  it('is at most 12 levels deep', () => {
    const deep = (levels: number) => `{ me { ${nested(levels - 1)} } }`;
    expect(faults(deep(11))).toEqual([]);
    expect(faults(deep(14))).toEqual([`${TOO_COSTLY}: Too many levels of fields: 14, at most 12.`]);
  });

  it('is as deep as its fragments make it', () => {
    const query = `{ me { ...A } }
      fragment A on Channel { messages { nodes { channel { ...B } } } }
      fragment B on Channel { messages { nodes { channel { ...C } } } }
      fragment C on Channel { messages { nodes { channel { messages { nodes { channel { id } } } } } } }`;
    expect(faults(query)).toEqual([`${TOO_COSTLY}: Too many levels of fields: 14, at most 12.`]);
  });

  it('is refused when its fragments go round in circles', () => {
    const query = '{ me { ...A } } fragment A on Channel { messages { nodes { channel { ...A } } } }';
    expect(faults(query)).toEqual([expect.stringContaining('Cannot spread fragment "A" within itself')]);
  });

  it('has at most 20 top-level fields, wherever they are written', () => {
    const fields = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, index) => `f${from + index}: me { id }`).join(' ');
    expect(faults(`{ ${fields(0, 20)} }`)).toEqual([]);
    expect(faults(`{ ${fields(0, 21)} }`)).toEqual([`${TOO_COSTLY}: Too many top-level fields: 21, at most 20.`]);
    const spread = `{ ${fields(0, 10)} ...A ... on Query { ${fields(15, 21)} } } fragment A on Query { ${fields(10, 15)} }`;
    expect(faults(spread)).toEqual([`${TOO_COSTLY}: Too many top-level fields: 21, at most 20.`]);
  });

  it('has at most 30 aliases and 50 directives', () => {
    const aliases = (count: number) => `{ me { ${Array.from({ length: count }, (_, n) => `a${n}: id`).join(' ')} } }`;
    expect(faults(aliases(30))).toEqual([]);
    expect(faults(aliases(31))).toEqual([`${TOO_COSTLY}: Too many aliases: 31, at most 30.`]);
    const directives = (count: number) => `{ me { ${'id @include(if: true) '.repeat(count)} } }`;
    expect(faults(directives(50))).toEqual([]);
    expect(faults(directives(51))).toEqual([`${TOO_COSTLY}: Too many directives: 51, at most 50.`]);
  });

  it('is read no further than 1,000 tokens or 32,768 characters', () => {
    expect(faults(`{ me { ${'id '.repeat(450)} } }`)).toEqual([]);
    expect(faults(`{ me { ${'id '.repeat(1_000)} } }`)[0]).toMatch(/more that 1000 tokens/);
    expect(faults(`{ me { id } } # ${'x'.repeat(33_000)}`)[0]).toMatch(/more than 32768/);
  });
});

describe('the cost of an operation', () => {
  const COSTLY =
    'query Q($a: Int, $b: Int = 100) { channels(first: $a) { nodes { messages(last: $b) { nodes { id } } } } }';
  const cost = (variables: Record<string, unknown>) =>
    Number(/cost of (\d+)/.exec(faults(COSTLY, variables)[0] ?? '')?.[1] ?? 0);

  it('multiplies what pages hold, with the numbers of the variables', () => {
    expect(cost({ a: 10 })).toBe(0);
    expect(cost({ a: 100 })).toBe(1 + 100 * (1 + 1 + 100));
    expect(cost({ a: 100, b: 99 })).toBe(1 + 100 * (1 + 1 + 99));
    expect(cost({ a: 100, b: 10 })).toBe(0);
    expect(cost({ a: 100, b: null })).toBe(0);
  });

  it('is not remembered with the document', () => {
    expect(cost({ a: 1, b: 1 })).toBe(0);
    expect(cost({ a: 100, b: 100 })).toBeGreaterThan(10_000);
    expect(cost({ a: 1, b: 1 })).toBe(0);
  });

  it('counts no page as larger than there is', () => {
    expect(cost({ a: 2_000_000_000 })).toBe(cost({ a: 100 }));
    expect(cost({ a: -5 })).toBe(0);
    expect(cost({ a: 'many' })).toBe(0);
  });

  it('counts bytes as what they weigh', () => {
    const bodies = (n: number) => `{ channels(first: ${n}) { nodes { messages(last: 60) { nodes { sealedBody } } } } }`;
    expect(faults(bodies(20))).toEqual([]);
    expect(faults(bodies(50))).toEqual([expect.stringContaining(TOO_COSTLY)]);
  });

  it('is not hidden by fragments, nor made exponential by them', () => {
    const doubling = Array.from({ length: 20 }, (_, n) => `fragment F${n} on Query { ...F${n + 1} ...F${n + 1} }`);
    const query = `{ ...F0 } ${doubling.join(' ')} fragment F20 on Query { log { entries { id } } }`;
    expect(faults(query)).toEqual([expect.stringContaining(TOO_COSTLY)]);
  });
});

describe('what was read', () => {
  it('is remembered', () => {
    const read = () => documents.read({ query: '{ me { id } }' });
    expect(read()).toHaveProperty('document');
    expect((read() as { document: object }).document).toBe((read() as { document: object }).document);
  });

  it('is forgotten when much else was read since', () => {
    const cache = new DocumentCache(schema, settings);
    const read = (query: string) => (cache.read({ query }) as { document: object }).document;
    const first = read('{ me { id } }');
    for (let other = 0; other < 20; other++) read(`{ me { id } } # ${other} ${'x'.repeat(30_000)}`);
    expect(read('{ me { id } }')).not.toBe(first);
  });

  it('is not what was refused', () => {
    expect(faults('{ nobody }')).toHaveLength(1);
    expect(faults('{ nobody }')).toHaveLength(1);
    expect(faults('{ nobody ')[0]).toMatch(/^Syntax Error/);
  });
});

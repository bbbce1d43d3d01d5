import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import {
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  isInterfaceType,
  isLeafType,
  isObjectType,
} from 'graphql';
import type { GraphqlAnswer } from '../graphql-client.js';
import { RawSocket } from '../raw-socket.js';
import type { Row } from './row.js';

type Variables = Record<string, unknown>;

/** How deep an answer is looked into: pages hold nodes, and nodes what may give something away. */
const DEPTH = 3;

/** `Query.me` → the field, for all three roots. */
export function operationsOf(schema: GraphQLSchema): Map<string, GraphQLField<unknown, unknown>> {
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  return new Map(
    roots.flatMap((root) =>
      Object.values(root?.getFields() ?? {}).map((field) => [`${root?.name}.${field.name}`, field]),
    ),
  );
}

/** Takes every argument from a variable of its name, and selects all that needs no argument. */
export function documentOf(operation: string, field: GraphQLField<unknown, unknown>, { select }: Row): string {
  const [root = ''] = operation.split('.');
  const variables = field.args.map(({ name, type }) => `$${name}: ${String(type)}`).join(', ');
  const given = field.args.map(({ name }) => `${name}: $${name}`).join(', ');
  const selection = select === undefined ? selectionOf(getNamedType(field.type), DEPTH) : `{ ${select} }`;
  return `${root.toLowerCase()} ${variables && `(${variables})`} { ${field.name}${given && `(${given})`} ${selection} }`;
}

function selectionOf(type: GraphQLNamedType, depth: number): string {
  if (isLeafType(type)) return '';
  const fields = isObjectType(type) || isInterfaceType(type) ? Object.values(type.getFields()) : [];
  const selected = fields
    .filter(({ args, type }) => args.length === 0 && (depth > 1 || isLeafType(getNamedType(type))))
    .map(({ name, type }) => `${name} ${selectionOf(getNamedType(type), depth - 1)}`);
  return `{ __typename ${selected.join(' ')} }`;
}

/** What came back, byte by byte, and what it means: `allowed`, or code and reason. */
export interface Answer {
  bytes: string;
  outcome: string;
}

export async function askOverHttp(
  at: { readonly url: string },
  token: string | undefined,
  query: string,
  variables: Variables,
): Promise<Answer> {
  const response = await fetch(new URL('/graphql', at.url), {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token !== undefined && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify({ query, variables }),
  });
  const body = await response.text();
  return { bytes: `${response.status} ${body}`, outcome: outcomeOf(JSON.parse(body) as GraphqlAnswer<unknown>) };
}

/** The first thing that the subscription brings. */
export async function askOverSocket(
  at: { readonly url: string },
  token: string | undefined,
  query: string,
  variables: Variables,
  provoke: () => Promise<unknown> = () => Promise.resolve(),
): Promise<Answer> {
  const socket = await RawSocket.open(at);
  try {
    socket.send({ type: 'connection_init', payload: { accessToken: token } });
    await socket.next('connection_ack');
    let answer: GraphqlAnswer<unknown> | undefined;
    const answered = socket.asks(query, variables).then((first) => (answer = first));
    while (!answer) {
      await provoke();
      await Promise.race([answered, pause(50)]);
    }
    return { bytes: JSON.stringify(answer), outcome: outcomeOf(answer) };
  } catch (error) {
    const { message } = error as Error;
    return { bytes: message, outcome: message };
  } finally {
    socket.webSocket.close();
  }
}

const outcomeOf = ({ errors }: GraphqlAnswer<unknown>): string =>
  errors?.map(({ extensions: { code, reason } }) => (reason ? `${code}/${reason}` : code)).join(' and ') ?? 'allowed';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const bytesOf = (uuid: string) => Buffer.from(uuid.replaceAll('-', ''), 'hex');

/** The ids in it; of an entry, that of its channel. Not those that clients make up themselves. */
export function idsIn(value: unknown, key = ''): string[] {
  if (key === 'clientMessageId') return [];
  if (typeof value === 'string') {
    if (UUID.test(value)) return [value];
    const bytes = Buffer.from(value, 'base64url');
    const isEntry = bytes.length === 20 && bytes.toString('base64url') === value;
    return isEntry ? [bytes.toString('hex', 0, 16).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')] : [];
  }
  if (typeof value !== 'object' || value === null) return [];
  return [...new Set(Object.entries(value).flatMap(([name, within]) => idsIn(within, name)))];
}

/** The same with another id, which nothing has, also within cursors and ids of entries. */
export function withoutId<Value>(value: Value, id: string, unknown: string = randomUUID()): Value {
  const replaced = (text: string) => {
    if (text === id) return unknown;
    const bytes = Buffer.from(text, 'base64url');
    const place = bytes.indexOf(bytesOf(id));
    if (place < 0) return text;
    bytesOf(unknown).copy(bytes, place);
    return bytes.toString('base64url');
  };
  return JSON.parse(JSON.stringify(value), (_, part: unknown) =>
    typeof part === 'string' ? replaced(part) : part,
  ) as Value;
}

import { GraphQLSchemaHost } from '@nestjs/graphql';
import {
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLObjectType,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  isRequiredInputField,
  getNamedType,
  parse,
  subscribe,
} from 'graphql';
import type { OperationContext } from '../../src/graphql/operation-context.js';
import { graphql, type GraphqlAnswer, refusal } from '../harness/graphql-client.js';
import { RawSocket } from '../harness/raw-socket.js';
import { startRelay, type TestRelay } from '../harness/relay.js';

/** What may be asked for without an account. Everything else refuses. */
const openToStrangers = ['login', 'refreshSession', 'register'];

let relay: TestRelay;
let schema: GraphQLSchema;

beforeAll(async () => {
  relay = await startRelay();
  schema = relay.app.get(GraphQLSchemaHost).schema;
});

afterAll(() => relay.stop());

/** A value that fits the type, made from the schema: so a new operation is covered by itself. */
function literal(type: GraphQLInputType): string {
  if (isNonNullType(type)) return literal(type.ofType);
  if (isListType(type)) return `[${literal(type.ofType)}]`;
  if (isEnumType(type)) return type.getValues()[0]!.name;
  if (isInputObjectType(type)) {
    const required = Object.values(type.getFields()).filter((field) => isRequiredInputField(field));
    return `{ ${required.map((field) => `${field.name}: ${literal(field.type)}`).join(', ')} }`;
  }
  return literals[type.name] ?? fail(type.name);
}

const literals: Record<string, string> = {
  Boolean: 'true',
  Bytes: '"AAAA"',
  Cursor: '"AAAA"',
  Float: '1.5',
  ID: '"0190b7c0-0000-7000-8000-000000000000"',
  Int: '1',
  String: '"text"',
};

function fail(type: string): never {
  throw new Error(`Say in this file how a literal of the type ${type} looks.`);
}

function documentOf(operation: 'query' | 'mutation' | 'subscription', field: GraphQLField<unknown, unknown>): string {
  const values = field.args.map(({ name, type }) => `${name}: ${literal(type)}`).join(', ');
  const selection = isLeafType(getNamedType(field.type)) ? '' : ' { __typename }';
  return `${operation} { ${field.name}${values && `(${values})`}${selection} }`;
}

const fieldsOf = (type: GraphQLObjectType | null | undefined) => Object.values(type?.getFields() ?? {});

const wasRefused = ({ data, errors }: GraphqlAnswer<Record<string, unknown> | null>, field: string) =>
  (data?.[field] ?? null) === null &&
  errors?.length === 1 &&
  errors[0]!.extensions.code === 'UNAUTHENTICATED' &&
  errors[0]!.extensions.reason === 'TOKEN_MISSING';

/** Names of the operations that did anything else with a stranger than refusing. */
async function openAmong(operation: 'query' | 'mutation', type: GraphQLObjectType | null | undefined) {
  const open: string[] = [];
  for (const field of fieldsOf(type)) {
    const answer = await graphql<Record<string, unknown> | null>(relay.url, documentOf(operation, field));
    if (!wasRefused(answer, field.name)) open.push(field.name);
  }
  return open.sort();
}

it('refuses strangers every query', async () => {
  expect(fieldsOf(schema.getQueryType())).not.toEqual([]);
  expect(await openAmong('query', schema.getQueryType())).toEqual([]);
});

it('refuses strangers every mutation but those that make one no stranger', async () => {
  expect(await openAmong('mutation', schema.getMutationType())).toEqual(openToStrangers);
});

it('closes the sockets of strangers, and does nothing for them there, not even what is public', async () => {
  const hello = { type: 'connection_init', payload: { accessToken: 'none' } };
  const documents = [
    ...fieldsOf(schema.getQueryType()).map((field) => documentOf('query', field)),
    ...fieldsOf(schema.getMutationType()).map((field) => documentOf('mutation', field)),
    ...fieldsOf(schema.getSubscriptionType()).map((field) => documentOf('subscription', field)),
  ];
  const answers = documents.flatMap((document) =>
    [hello, { type: 'connection_init' }, undefined].map(async (first) => {
      const socket = await RawSocket.open(relay);
      if (first) socket.send(first);
      socket.subscribe('1', document);
      return socket.next().catch((error: Error) => error.message);
    }),
  );

  expect(new Set(await Promise.all(answers))).toEqual(new Set(['Closed with 4401']));
});

it('takes no subscription over HTTP', async () => {
  const documents = fieldsOf(schema.getSubscriptionType()).map((field) => documentOf('subscription', field));
  const answers = await Promise.all(documents.map((document) => graphql(relay.url, document)));

  expect(new Set(answers.map(refusal))).toEqual(new Set(['BAD_USER_INPUT/QUERY_INVALID']));
});

it('refuses strangers every subscription, even if they had a socket', async () => {
  const contextValue: OperationContext = { identity: undefined, address: '203.0.113.7' };
  const refusals = fieldsOf(schema.getSubscriptionType()).map(async (field) => {
    const answer = await subscribe({ schema, document: parse(documentOf('subscription', field)), contextValue });
    return 'errors' in answer ? answer.errors?.map(({ originalError }) => originalError) : 'followed';
  });

  expect(refusals).not.toEqual([]);
  for (const refusal of await Promise.all(refusals)) {
    expect(refusal).toMatchObject([{ code: 'UNAUTHENTICATED', reason: 'TOKEN_MISSING' }]);
  }
});

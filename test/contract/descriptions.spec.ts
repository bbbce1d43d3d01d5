import {
  buildSchema,
  getNamedType,
  type GraphQLNamedType,
  type GraphQLType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isSpecifiedScalarType,
} from 'graphql';
import { read } from './sources.js';

interface Described {
  path: string;
  description: string;
  /** Of what; absent for types and enum values. */
  type?: string;
}

const roots = ['Query', 'Mutation', 'Subscription'];

/** Everything in the schema that the author of a client may want to read about. */
const everything = Object.values(buildSchema(read('schema.graphql')).getTypeMap())
  .filter((type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type))
  .flatMap((type) => [...(roots.includes(type.name) ? [] : [described(type.name, type)]), ...partsOf(type)]);

function partsOf(type: GraphQLNamedType): Described[] {
  const pathTo = (part: { name: string }) => `${type.name}.${part.name}`;
  if (isEnumType(type)) return type.getValues().map((value) => described(pathTo(value), value));
  if (isInputObjectType(type)) return Object.values(type.getFields()).map((field) => described(pathTo(field), field));
  if (!isObjectType(type) && !isInterfaceType(type)) return [];
  return Object.values(type.getFields()).flatMap((field) => [
    described(pathTo(field), field),
    ...field.args.map((argument) => described(`${pathTo(field)}(${argument.name})`, argument)),
  ]);
}

function described(path: string, part: { description?: string | null; type?: GraphQLType }): Described {
  const type = part.type && getNamedType(part.type).name;
  return { path, description: part.description?.trim() ?? '', ...(type && { type }) };
}

const pathsOf = (parts: Described[]) => parts.map(({ path }) => path);

it('describes every type, field, argument, input field and enum value', () => {
  expect(pathsOf(everything.filter(({ description }) => description === ''))).toEqual([]);
});

it('says of all bytes how many they are', () => {
  const bytes = everything.filter(({ type }) => type === 'Bytes');

  expect(bytes).not.toEqual([]);
  expect(pathsOf(bytes.filter(({ description }) => !/\d bytes/.test(description)))).toEqual([]);
});

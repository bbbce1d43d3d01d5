import {
  astFromValue,
  buildSchema,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLNamedType,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isRequiredArgument,
  isRequiredInputField,
  print,
} from 'graphql';
import { read } from './sources.js';

type Place = GraphQLArgument | GraphQLInputField;

/** How the served schema breaks the contract. It may have more, as long as nobody must know of it. */
function faults(contract: GraphQLSchema, served: GraphQLSchema): string[] {
  return Object.values(contract.getTypeMap())
    .filter((type) => !isIntrospectionType(type))
    .flatMap((type) => typeFaults(type, served.getType(type.name)));
}

function typeFaults(type: GraphQLNamedType, served: GraphQLNamedType | undefined): string[] {
  if (!served) return [`${type.name} is missing`];
  if (type.constructor.name !== served.constructor.name) return [`${type.name} is a ${served.constructor.name}`];
  if (isEnumType(type) && isEnumType(served)) {
    const names = (enumType: typeof type) => enumType.getValues().map(({ name }) => name);
    return differences(`values of ${type.name}`, names(type).sort().join(' '), names(served).sort().join(' '));
  }
  if (isInputObjectType(type) && isInputObjectType(served)) {
    const more = Object.values(served.getFields()).filter((field) => isRequiredInputField(field));
    return placeFaults(type.name, Object.values(type.getFields()), Object.values(served.getFields()), more);
  }
  if ((isObjectType(type) || isInterfaceType(type)) && (isObjectType(served) || isInterfaceType(served))) {
    const interfaces = type
      .getInterfaces()
      .filter(({ name }) => !served.getInterfaces().some((one) => one.name === name));
    return [
      ...interfaces.map(({ name }) => `${type.name} does not implement ${name}`),
      ...Object.values(type.getFields()).flatMap((field) =>
        fieldFaults(`${type.name}.${field.name}`, field, served.getFields()[field.name]),
      ),
    ];
  }
  return [];
}

function fieldFaults(
  path: string,
  field: GraphQLField<unknown, unknown>,
  served: GraphQLField<unknown, unknown> | undefined,
): string[] {
  if (!served) return [`${path} is missing`];
  const required = served.args.filter((argument) => isRequiredArgument(argument));
  return [
    ...differences(path, String(field.type), String(served.type)),
    ...placeFaults(path, field.args, served.args, required),
  ];
}

/** Arguments of a field, or fields of an input. */
function placeFaults(path: string, wanted: readonly Place[], served: readonly Place[], required: Place[]): string[] {
  const demanded = required.filter(({ name }) => !wanted.some((place) => place.name === name));
  return [
    ...demanded.map(({ name }) => `${path} demands ${name}, which the contract does not know`),
    ...wanted.flatMap((place) => {
      const found = served.find(({ name }) => name === place.name);
      if (!found) return [`${path}(${place.name}) is missing`];
      return differences(`${path}(${place.name})`, signatureOf(place), signatureOf(found));
    }),
  ];
}

function signatureOf({ type, defaultValue }: Place): string {
  const value = astFromValue(defaultValue, type);
  return `${String(type)}${defaultValue === undefined || !value ? '' : ` = ${print(value)}`}`;
}

const differences = (path: string, wanted: string, found: string) =>
  wanted === found ? [] : [`${path}: ${wanted} by the contract, ${found} in the schema`];

const contract = read('test/contract/contract.graphql');
const schema = read('schema.graphql');

it('serves what the contract promises', () => {
  expect(faults(buildSchema(contract), buildSchema(schema))).toEqual([]);
});

it.each([
  ['a field', '  username: String!', '  name: String!'],
  ['a type', 'sealedBody: Bytes!', 'sealedBody: String!'],
  ['a nullability', 'oneTimePreKey: EcPreKey', 'oneTimePreKey: EcPreKey!'],
  ['a default', 'everywhere: Boolean = false', 'everywhere: Boolean = true'],
  ['an argument', 'user(', 'user(realm: ID! '],
  ['an enum value', 'DIRECT', 'PRIVATE'],
  ['an interface', 'Message implements ChannelEntry', 'Message'],
])('would notice a change of %s', (_, part, change) => {
  const changed = schema.replaceAll(/"""[\s\S]*?"""/g, '').replaceAll(part, change);

  expect(faults(buildSchema(contract), buildSchema(changed))).not.toEqual([]);
});

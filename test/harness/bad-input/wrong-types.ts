import {
  type GraphQLArgument,
  type GraphQLInputType,
  type GraphQLList,
  type GraphQLNamedInputType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
} from 'graphql';
import { bad, BAD_CURSOR, type BadValue, INVALID, missing, type Variables } from './bad-value.js';

/** A place in the variables of an operation. */
interface Part {
  at: string;
  type: GraphQLNamedInputType | GraphQLList<GraphQLInputType>;
  nullable: boolean;
  /** May not be left out. */
  required: boolean;
  good: unknown;
}

/** Every argument and all that is within it; of lists, the first item. */
export const partsIn = (args: readonly GraphQLArgument[], good: Variables): Part[] =>
  args.flatMap(({ name, type, defaultValue }) =>
    partsOf(name, type, isNonNullType(type) && defaultValue === undefined, good[name]),
  );

function partsOf(at: string, type: GraphQLInputType, required: boolean, good: unknown): Part[] {
  if (good === undefined) throw new Error(`Say in the table what a good value is at ${at}.`);
  const present = getNullableType(type);
  const part = { at, type: present, nullable: !isNonNullType(type), required, good };
  if (isListType(present)) return [part, ...partsOf(`${at}.0`, present.ofType, false, (good as unknown[])[0])];
  if (!isInputObjectType(present)) return [part];
  const fields = Object.values(present.getFields());
  return [
    part,
    ...fields.flatMap((field) =>
      partsOf(
        `${at}.${field.name}`,
        field.type,
        isNonNullType(field.type) && field.defaultValue === undefined,
        (good as Variables)[field.name],
      ),
    ),
  ];
}

const notText = { 'a number': 1234.5, 'a boolean': true, 'an object': { text: 'secret' }, 'a list': ['secret'] };

/** What a scalar is not, and how that is refused. */
const wrongScalars: Record<string, [refusal: string, values: Record<string, unknown>]> = {
  Boolean: [INVALID, { 'a word': 'false', 'a number': 1, 'an object': {} }],
  Bytes: [
    'BAD_USER_INPUT/BAD_BASE64',
    {
      ...notText,
      'plain text': 'plain text, as it is',
      unpadded: 'c2VjcmV0cw',
      'with bits left over': 'c2VjcmV0cx==',
      base64url: '_-_-_-_-',
      'with a line break': 'c2Vj\ncmV0',
      'with NUL': 'c2Vj\0mV0',
      'with a lone surrogate': 'c2V\ud800cmV0',
      hex: '0x736563726574',
    },
  ],
  Cursor: [BAD_CURSOR, { ...notText, long: 'A'.repeat(257) }],
  ID: [INVALID, notText],
  Int: [
    INVALID,
    {
      'a text': '12345',
      'a boolean': true,
      'a fraction': 1.5,
      '2^31': 2 ** 31,
      '-2^31 - 1': -(2 ** 31) - 1,
      '1e21': 1e21,
      'a list': [1],
      'an object': { value: 1 },
    },
  ],
  String: [INVALID, notText],
};

/** What does not fit the type of any part. */
export const wrongTypes = (args: readonly GraphQLArgument[], good: Variables): BadValue[] =>
  partsIn(args, good).flatMap((part) => [
    ...(part.required ? bad(part.at, INVALID, { 'left out': missing }) : []),
    ...(part.nullable ? [] : bad(part.at, INVALID, { null: null })),
    ...wrongValues(part),
  ]);

function wrongValues({ at, type, good }: Part): BadValue[] {
  // What is no list is taken for a list of one.
  if (isListType(type)) return [];
  if (isInputObjectType(type))
    return [
      ...bad(at, INVALID, { 'a text': 'secret', 'a number': 12345, 'a list': [['secret']] }),
      ...bad(at, INVALID, { 'an unknown field': { ...(good as Variables), surprise: 'secret' } }, [`${at}.surprise`]),
      ...bad(at, INVALID, { 'a field of all objects': { ...(good as Variables), constructor: 1 } }, [
        `${at}.constructor`,
      ]),
    ];
  if (isEnumType(type)) {
    const lowerCase = type.getValues()[0]?.name.toLowerCase();
    const names = {
      unknown: 'NOBODY',
      inherited: 'constructor',
      'lower case': lowerCase,
      guesses: 'secret Did you mean it',
    };
    return bad(at, INVALID, { ...notText, ...names });
  }
  const [refusal, values] = wrongScalars[type.name] ?? [];
  if (!refusal || !values) throw new Error(`Say in this file what the scalar ${type.name} is not.`);
  return bad(at, refusal, values);
}

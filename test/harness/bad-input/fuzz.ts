import { randomUUID } from 'node:crypto';
import {
  type GraphQLArgument,
  type GraphQLInputType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
} from 'graphql';
import type { Random } from '../../guarantee/random.js';
import { spoilt, type Variables } from './bad-value.js';
import { keyset, malformedIds } from './values.js';
import type { World } from './world.js';
import { partsIn, wrongTypes } from './wrong-types.js';

const words = [
  '',
  'alice',
  'ALICE',
  '\0',
  '\ud800',
  '\u202e',
  '🔑',
  'é',
  'null',
  '__proto__',
  "' OR 1=1 --",
  '%s',
  '../',
  'a'.repeat(300),
];
const lengths = [0, 1, 15, 16, 31, 32, 33, 64, 255, 256, 257, 1568, 1569, 4096];
const integers = [0, -0, 1, 2, 49, 50, 100, 101, 2 ** 24, 2 ** 31 - 1, -1, -(2 ** 31)];
const numbers = [...integers, 0.5, 2 ** 31, 2 ** 53, 1e21, 1e308, 5e-324];
const keys = ['surprise', 'length', 'constructor', 'toString', 'toJSON', 'then', '', '0', '$', 'a.b'];

/** Makes variables that nobody thought of. The same seed makes the same ones. */
export class Fuzz {
  private readonly ids: string[];
  private readonly cursors: string[];

  constructor(
    private readonly random: Random,
    { alice, bob, carol, group, direct, lonelyGroup, foreignGroup, entryId, foreignEntryId, ...world }: World,
  ) {
    const people = [alice, bob, carol].map(({ id }) => id);
    const devices = [bob.deviceId, world.spareDeviceId, world.spareSessionId, world.bobsSessionId];
    const malformed = Object.values({ ...malformedIds, huge: 'f'.repeat(1_000) }).map(String);
    const servers = [world.server, world.serverChannel, world.inviteId, world.foreignServer, world.joinableChannel];
    this.ids = [
      ...people,
      ...devices,
      ...servers,
      ...malformed,
      group,
      direct,
      lonelyGroup,
      foreignGroup,
      entryId,
      foreignEntryId,
    ];
    this.cursors = [
      world.cursor,
      world.foreignCursor,
      world.mailboxCursor,
      world.bobsMailboxCursor,
      entryId,
      keyset('channels', group),
      keyset('members', 0, alice.id),
      keyset('servers', world.server),
      keyset('serverMembers', '2026-11-20T12:00:00.000Z', alice.id),
    ];
  }

  /** Makes variables of the wrong type somewhere at least, so that they must be refused. */
  malformed(args: readonly GraphQLArgument[], good: Variables): () => Variables {
    const { random } = this;
    const wrong = wrongTypes(args, good);
    const places = partsIn(args, good).map(({ at }) => at);
    return () => {
      const fault = random.pick(wrong);
      const apart = (at: string) => !fault.at.startsWith(at) && !at.startsWith(fault.at);
      const [elsewhere] = random.chance(0.5) ? random.shuffled(places.filter(apart)) : [];
      const variables = elsewhere === undefined ? good : spoilt(good, { at: elsewhere, value: this.json(3) });
      return { ...spoilt(variables, fault), ...(random.chance(0.2) && { [random.pick(keys)]: this.json(2) }) };
    };
  }

  /** Makes variables of the right types, with whatever values. */
  wellTyped(args: readonly GraphQLArgument[]): () => Variables {
    return () => Object.fromEntries(args.map(({ name, type }) => [name, this.valueOf(type)]));
  }

  private valueOf(type: GraphQLInputType): unknown {
    if (isNonNullType(type)) return this.valueOf(type.ofType);
    if (this.random.chance(0.1)) return null;
    if (isListType(type))
      return Array.from({ length: this.random.pick([0, 1, 1, 2, 3, 8]) }, () => this.valueOf(type.ofType));
    if (isEnumType(type)) return this.random.pick(type.getValues()).name;
    if (isInputObjectType(type))
      return Object.fromEntries(Object.values(type.getFields()).map((field) => [field.name, this.valueOf(field.type)]));
    return this.scalar(type.name);
  }

  private scalar(name: string): unknown {
    const { random } = this;
    if (name === 'Boolean') return random.chance(0.5);
    if (name === 'Int') return random.chance(0.5) ? random.pick(integers) : random.between(-(2 ** 31), 2 ** 31 - 1);
    if (name === 'Bytes') return this.bytes().toString('base64');
    if (name === 'Cursor') return this.cursor();
    if (name === 'ID') return random.pick([random.pick(this.ids), random.pick(this.ids), this.cursor(), randomUUID()]);
    return random.pick(words) + random.pick(words);
  }

  private bytes(): Buffer {
    const fill = this.random.pick([0, 0x41, 0xff, this.random.between(0, 255)]);
    return Buffer.alloc(this.random.pick(lengths), fill);
  }

  /** One that was given once, with a byte or so changed. Ids of entries look alike. */
  private cursor(): string {
    const { random } = this;
    if (random.chance(0.3))
      return Buffer.from(JSON.stringify(this.json(2)))
        .toString('base64url')
        .slice(0, 256);
    const bytes = Buffer.from(random.pick(this.cursors), 'base64url');
    for (let changes = random.between(0, 2); changes > 0; changes--)
      bytes[random.between(0, bytes.length - 1)] = random.between(0, 255);
    return bytes.toString('base64url');
  }

  /** Anything that JSON can say. */
  private json(levels: number): unknown {
    const { random } = this;
    const leaves = [null, random.chance(0.5), random.pick(numbers), random.pick(words), random.pick(this.ids)];
    const size = random.between(0, 4);
    if (levels === 0 || random.chance(0.5)) return random.pick(leaves);
    if (random.chance(0.5)) return Array.from({ length: size }, () => this.json(levels - 1));
    return Object.fromEntries(Array.from({ length: size }, () => [random.pick(keys), this.json(levels - 1)]));
  }
}

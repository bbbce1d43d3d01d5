import { GraphQLSchemaHost } from '@nestjs/graphql';
import { buildSchema, type GraphQLField, type GraphQLSchema, isScalarType } from 'graphql';
import { read } from '../contract/sources.js';
import {
  type BadValue,
  DEVICE_MISMATCH,
  type Operation,
  provoked,
  spoilt,
  type Variables,
} from '../harness/bad-input/bad-value.js';
import { documentOf, fieldsWithInput, operationsIn } from '../harness/bad-input/operations.js';
import { makeWorld, type World } from '../harness/bad-input/world.js';
import { partsIn, wrongTypes } from '../harness/bad-input/wrong-types.js';
import { everythingIn } from '../harness/everything.js';
import type { GraphqlAnswer } from '../harness/graphql-client.js';
import { RawSocket } from '../harness/raw-socket.js';
import { startRelay, type TestRelay } from '../harness/relay.js';

type Ask = (document: string, variables?: Variables) => Promise<GraphqlAnswer<unknown>>;

let relay: TestRelay;
let world: World;
let fields: Map<string, GraphQLField<unknown, unknown>>;
let operations: Record<string, Operation>;
let overHttp: Ask;
let overSocket: Ask;

beforeAll(async () => {
  relay = await startRelay({ env: { LETHE_ADMINS: 'alice' } });
  fields = fieldsWithInput(relay.app.get(GraphQLSchemaHost).schema);
  world = await makeWorld(relay);
  operations = operationsIn(world);
  const socket = await RawSocket.as(relay, world.alice.token);
  overHttp = (document, variables) => world.alice.tries(document, variables);
  overSocket = (document, variables) => socket.asks(document, variables);
});

afterAll(() => relay.stop());

function operation(name: string) {
  const field = fields.get(name);
  const { good, bad } = operations[name] ?? {};
  if (!field || !good || !bad) throw new Error(`Say in test/harness/bad-input what is bad input of ${name}.`);
  const doors: Record<string, Ask> = name.startsWith('Subscription')
    ? { socket: overSocket }
    : { HTTP: overHttp, socket: overSocket };
  return { field, document: documentOf(name, field, world), doors: Object.entries(doors), good, bad };
}

/** Code, reason and fields of the answer, in one line. */
function outcome({ errors }: GraphqlAnswer<unknown>): string {
  if (!errors) return 'taken';
  const refusals = errors.map(({ extensions: { code, reason } }) => (reason ? `${code}/${reason}` : code));
  const paths = errors.flatMap(({ extensions }) => extensions.fields ?? []).map(({ path }) => path);
  return `${refusals.join(' and ')} [${paths.join(', ')}]`;
}

function repeats(answer: unknown, { value, refusal }: BadValue): boolean {
  // It names the devices that do not fit: that is what it is for.
  if (refusal === DEVICE_MISMATCH) return false;
  const told = JSON.stringify(answer);
  return textsIn(value).some((text) => text.length >= 6 && told.includes(text));
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

// As it is printed, to be known before the relay runs; that it is the one served is asked for below.
const printed: GraphQLSchema = buildSchema(read('schema.graphql'));
const names = [...fieldsWithInput(printed).keys()];

describe('bad input', () => {
  it('is told of every operation and every value it takes', () => {
    expect([...fields.keys()].sort()).toEqual([...names].sort());
    const untold = names.flatMap((name) => {
      const { field, good, bad } = operation(name);
      const scalars = partsIn(field.args, good).filter(({ type }) => isScalarType(type) && type.name !== 'Boolean');
      return scalars.filter(({ at }) => !bad.some((row) => row.at === at)).map(({ at }) => `${name} ${at}`);
    });
    expect(untold).toEqual([]);
  });

  it.each(names)('of %s is named, not repeated, and not stored', async (name) => {
    const { field, document, doors, good, bad } = operation(name);
    const expected: string[] = [];
    const happened: string[] = [];
    const stored = await everythingIn(relay);
    for (const row of [...wrongTypes(field.args, good), ...bad]) {
      for (const [door, ask] of doors) {
        const answer = await ask(document, spoilt(good, row));
        const told = repeats(answer, row) ? `${outcome(answer)}, and its value` : outcome(answer);
        expected.push(`${door}, ${row.at}, ${row.what}: ${row.refusal} [${row.fields.join(', ')}]`);
        happened.push(`${door}, ${row.at}, ${row.what}: ${told}`);
      }
    }
    expect(happened).toEqual(expected);
    expect(await everythingIn(relay)).toEqual(stored);
    for (const [, ask] of doors) expect(outcome(await ask('{ me { id } }'))).toBe('taken');
  });

  it('was bad for nothing else than what was said', async () => {
    // Logging out ends the session it is asked from, and there is more to ask.
    const leaving = await world.alice.logsInAgain();
    for (const name of Object.keys(operations)) {
      const { document, doors, good } = operation(name);
      const ask: Ask =
        name === 'Mutation.logout' ? (document, variables) => leaving.tries(document, variables) : doors[0]![1];
      const answer = ask(document, good);
      await provoked(answer, operations[name]!);
      expect(`${name}: ${outcome(await answer)}`).toBe(`${name}: taken`);
    }
  });
});

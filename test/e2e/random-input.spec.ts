import { GraphQLSchemaHost } from '@nestjs/graphql';
import type { GraphQLField } from 'graphql';
import { Random } from '../guarantee/random.js';
import { type Operation, provoked, type Variables } from '../harness/bad-input/bad-value.js';
import { Fuzz } from '../harness/bad-input/fuzz.js';
import { documentOf, fieldsWithInput, operationsIn } from '../harness/bad-input/operations.js';
import { makeWorld, type World } from '../harness/bad-input/world.js';
import { everythingIn } from '../harness/everything.js';
import type { GraphqlAnswer } from '../harness/graphql-client.js';
import { RawSocket } from '../harness/raw-socket.js';
import { startRelay, type TestRelay } from '../harness/relay.js';

const SEED = Number(process.env.LETHE_FUZZ_SEED ?? 20_261_120);
const MALFORMED = 50;
const WELL_TYPED = 40;

type Ask = (document: string, variables?: Variables) => Promise<GraphqlAnswer<unknown>>;

describe(`random input of seed ${SEED}`, () => {
  let relay: TestRelay;
  let world: World;
  let fuzz: Fuzz;
  let fields: Map<string, GraphQLField<unknown, unknown>>;
  let operations: Map<string, Operation>;
  let overHttp: Ask;
  let overSocket: Ask;

  beforeAll(async () => {
    relay = await startRelay({ env: { LETHE_ADMINS: 'alice' } });
    world = await makeWorld(relay);
    fuzz = new Fuzz(new Random(SEED), world);
    fields = fieldsWithInput(relay.app.get(GraphQLSchemaHost).schema);
    operations = new Map(Object.entries(operationsIn(world)));
    const socket = await RawSocket.as(relay, world.alice.token);
    overHttp = (document, variables) => world.alice.tries(document, variables);
    overSocket = (document, variables) => socket.asks(document, variables);
  });
  afterAll(() => relay.stop());

  /** Asks so many times, and gives the variables that were answered otherwise than is right. */
  async function strays(
    name: string,
    {
      times,
      make,
      isRight,
    }: { times: number; make: () => Variables; isRight: (answer: GraphqlAnswer<unknown>) => boolean },
  ): Promise<string[]> {
    const document = documentOf(name, fields.get(name)!, world);
    const found: string[] = [];
    const onlySocket = name.startsWith('Subscription');
    const askedBy = async (ask: Ask, count: number) => {
      for (let n = 0; n < count; n++) {
        const variables = make();
        const asked = ask(document, variables);
        await provoked(asked, operations.get(name)!, variables);
        const answer = await asked;
        if (!isRight(answer))
          found.push(`${name} ${JSON.stringify(variables)}: ${JSON.stringify(answer)}`.slice(0, 2_000));
      }
    };
    await Promise.all([
      askedBy(overSocket, onlySocket ? times : times / 2),
      askedBy(overHttp, onlySocket ? 0 : times / 2),
    ]);
    return found;
  }

  const codesIn = ({ errors }: GraphqlAnswer<unknown>) => errors?.map(({ extensions: { code } }) => code) ?? [];

  it('is refused, and changes nothing, when it is malformed', async () => {
    const stored = await everythingIn(relay);
    for (const [name, { good }] of operations) {
      const make = fuzz.malformed(fields.get(name)!.args, good);
      const isRight = (answer: GraphqlAnswer<unknown>) =>
        codesIn(answer).length > 0 && codesIn(answer).every((code) => code === 'BAD_USER_INPUT');
      expect(await strays(name, { times: MALFORMED, make, isRight })).toEqual([]);
      expect([name, await everythingIn(relay)]).toEqual([name, stored]);
    }
  }, 120_000);

  it('never surprises the relay when it fits the schema', async () => {
    // What it may end on its way: the session it is asked from.
    for (const name of [...operations.keys()].filter((name) => name !== 'Mutation.logout')) {
      const make = fuzz.wellTyped(fields.get(name)!.args);
      const isRight = (answer: GraphqlAnswer<unknown>) => !codesIn(answer).includes('INTERNAL_SERVER_ERROR');
      expect(await strays(name, { times: WELL_TYPED, make, isRight })).toEqual([]);
    }
    expect(codesIn(await overHttp('{ me { id } }'))).toEqual([]);
  }, 120_000);
});

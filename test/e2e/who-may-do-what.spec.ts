import { GraphQLSchemaHost } from '@nestjs/graphql';
import { buildSchema, getNamedType, type GraphQLField, type GraphQLInputType, isInputObjectType } from 'graphql';
import { read } from '../contract/sources.js';
import { everythingIn } from '../harness/everything.js';
import { register, type Tokens } from '../harness/people.js';
import { RawSocket } from '../harness/raw-socket.js';
import { startRelay, type TestRelay } from '../harness/relay.js';
import { ALLOWED, NOT_FOUND, outsiders, type Subject, subjects, withoutSession } from '../harness/who-may/answers.js';
import {
  type Answer,
  askOverHttp,
  askOverSocket,
  documentOf,
  idsIn,
  operationsOf,
  withoutId,
} from '../harness/who-may/asking.js';
import type { Row } from '../harness/who-may/row.js';
import { operationOf, table } from '../harness/who-may/table.js';
import { World } from '../harness/who-may/world.js';

type Variables = Record<string, unknown>;

/** One subject before one operation. */
interface Cell {
  subject: Subject;
  world: World;
  variables: Variables;
}

/** They take ids of accounts alone, and everybody may know whether there is an account. */
const DIRECTORY = ['Query.user', 'Mutation.openDirect', 'Mutation.createGroup'];
const CLOSED = 'Closed with 4401';
/** An open socket is a sign of life, and is kept as one some time after it is gone. */
const WRITTEN_BY_SOCKETS = ['account_presence'];

let relay: TestRelay;
let model: Tokens;
/** Where everything is asked for that changes nothing. */
let common: World;
/** The same for those without a session: what is prepared for them is done by its owner, who asks for nothing else. */
let lost: World;
let fields: Map<string, GraphQLField<unknown, unknown>>;

beforeAll(async () => {
  relay = await startRelay();
  model = await register(relay, 'model');
  [common, lost] = (await World.make(relay, model, 2)) as [World, World];
  fields = operationsOf(relay.app.get(GraphQLSchemaHost).schema);
});

afterAll(() => relay.stop());

const hasSession = (subject: Subject) => !(withoutSession as readonly Subject[]).includes(subject);
const isSubscription = (name: string) => name.startsWith('Subscription');

function personBehind(subject: Subject, { owner, people }: World) {
  return subject === 'stranger' || subject === 'revoked' ? owner : people[subject];
}

function tokenOf(subject: Subject, world: World): string | undefined | Promise<string> {
  if (subject === 'stranger') return undefined;
  return subject === 'revoked' ? lost.revokedToken : personBehind(subject, world).token;
}

/** What the table says. There is no socket for those who have no session. */
const expectedOf = (name: string, { may }: Row, asking: readonly Subject[]) =>
  Object.fromEntries(
    asking.map((subject) => [subject, isSubscription(name) && !hasSession(subject) ? CLOSED : may[subject]]),
  );

async function cellOf(subject: Subject, { given }: Row, world: World): Promise<Cell> {
  return { subject, world, variables: (await given(world, personBehind(subject, world))) ?? {} };
}

async function ask(name: string, row: Row, { subject, world, variables }: Cell): Promise<Answer> {
  const operation = operationOf(name);
  const document = documentOf(operation, fields.get(operation)!, row);
  const token = await tokenOf(subject, world);
  if (!isSubscription(name)) return askOverHttp(relay, token, document, variables);
  return askOverSocket(relay, token, document, variables, () =>
    Promise.resolve(row.provoke?.(world, personBehind(subject, world))),
  );
}

/** What is wrong with an answer beyond its outcome: it must not tell of what the subject cannot know of. */
const toldBy = ({ bytes }: Answer, { admits = false }: Row, { subject, world }: Cell): string =>
  !admits && world.hidden.some(({ id, from }) => from.includes(subject) && bytes.includes(id))
    ? `, which tells too much: ${bytes}`
    : '';

/** The same: where nothing is said to be there, it must be said byte by byte as of an id that nothing has. */
async function givenAwayBy(answer: Answer, name: string, row: Row, cell: Cell): Promise<string> {
  if (cell.world !== common || !mayNotKnow(cell.subject, row)) return '';
  const others = idsIn(cell.variables).map((id) =>
    ask(name, row, { ...cell, variables: withoutId(cell.variables, id) }),
  );
  const differing = (await Promise.all(others)).filter(({ bytes }) => bytes !== answer.bytes);
  return differing.map(({ bytes }) => `, but for an unknown id: ${bytes}`).join('');
}

const mayNotKnow = (subject: Subject, { may, silent = false }: Row) =>
  may[subject] === NOT_FOUND || (silent && outsiders.includes(subject));

/** By subject; all are asked at the same time. */
async function outcomes(name: string, row: Row, cells: Cell[]): Promise<Record<string, string>> {
  const answers = cells.map(async (cell) => {
    const answer = await ask(name, row, cell);
    const more = toldBy(answer, row, cell) + (await givenAwayBy(answer, name, row, cell));
    return [cell.subject, answer.outcome + more];
  });
  return Object.fromEntries(await Promise.all(answers)) as Record<string, string>;
}

/** Whoever may change something does it in a world of their own. */
const changesSomething = (name: string, subject: Subject, { may }: Row): boolean =>
  name.startsWith('Mutation') && may[subject] === ALLOWED;

const isChange = ([name, row]: [string, Row]) => subjects.some((subject) => changesSomething(name, subject, row));
const isMore = ([name, row]: [string, Row]) => !subjects.every((subject) => changesSomething(name, subject, row));

const printed = [...operationsOf(buildSchema(read('schema.graphql'))).keys()];

describe('who may do what', () => {
  it('is said of every operation that there is, and of no other', () => {
    expect([...new Set(Object.keys(table).map(operationOf))].sort()).toEqual([...fields.keys()].sort());
    expect(printed.sort()).toEqual([...fields.keys()].sort());
  });

  it('is said of something not theirs for every operation that takes an id', () => {
    const compared = Object.entries(table).filter(([, row]) => subjects.some((subject) => mayNotKnow(subject, row)));
    const taking = [...fields.keys()].filter(takesIds);
    expect([...new Set(compared.map(([name]) => operationOf(name)))].sort()).toEqual(taking.sort());
  });

  // These come before anybody changes anything: the fewer worlds there are, the sooner everything in them is compared.
  it.each(Object.entries(table).filter(isMore))('%s, by those who may not, or may only look', async (name, row) => {
    const others = subjects.filter((subject) => !changesSomething(name, subject, row));
    const cells = await Promise.all(others.map((subject) => cellOf(subject, row, hasSession(subject) ? common : lost)));
    await lost.revokedToken;

    const before = await everythingIn(relay, WRITTEN_BY_SOCKETS);
    const answers = await outcomes(name, row, cells);
    const after = await everythingIn(relay, WRITTEN_BY_SOCKETS);

    expect(answers).toEqual(expectedOf(name, row, others));
    expect(after).toEqual(before);
  });

  it.each(Object.entries(table).filter(isChange))('%s, by those who may', async (name, row) => {
    const changing = subjects.filter((subject) => changesSomething(name, subject, row));
    const worlds = await World.make(relay, model, changing.length);
    const cells = await Promise.all(changing.map((subject, index) => cellOf(subject, row, worlds[index]!)));
    await lost.revokedToken;

    expect(await outcomes(name, row, cells)).toEqual(expectedOf(name, row, changing));
  });

  it('ends for a device the moment it is deactivated, on open sockets too', async () => {
    const [world] = (await World.make(relay, model, 1)) as [World];
    const { token, deviceId } = await world.secondDevice;
    const socket = await RawSocket.as(relay, token);
    const following = Object.entries(table).filter(([name, { may }]) => isSubscription(name) && may.owner === ALLOWED);
    for (const [name, row] of following) {
      const document = documentOf(operationOf(name), fields.get(operationOf(name))!, row);
      socket.subscribe(name, document, (await row.given(world, world.owner)) ?? {});
    }
    await world.owner.deactivates(deviceId);

    expect((await socket.closed).code).toBe(4401);
    await expect(RawSocket.as(relay, token)).rejects.toThrow(CLOSED);
  });
});

function takesIds(operation: string): boolean {
  if (DIRECTORY.includes(operation)) return false;
  const given = fields.get(operation)!.args.flatMap(({ name, type }): { name: string; type: GraphQLInputType }[] => {
    const input = getNamedType(type);
    return isInputObjectType(input) ? Object.values(input.getFields()) : [{ name, type }];
  });
  return given.some(({ name, type }) => getNamedType(type).name === 'ID' && name !== 'clientMessageId');
}

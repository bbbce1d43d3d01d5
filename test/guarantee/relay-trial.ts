import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from '../harness/free-port.js';
import { register } from '../harness/people.js';
import { Person } from '../harness/person.js';
import { Account } from './account.js';
import { Crowd } from './crowd.js';
import { Follower } from './follower.js';
import type { Ground } from './ground.js';
import { Groups } from './groups.js';
import { History } from './history.js';
import { Operator } from './operator.js';
import type { Random } from './random.js';
import { faultKinds } from './schedule.js';
import { ServerProcess } from './server-process.js';
import type { Trial } from './trial.js';
import { readTruth } from './truth.js';
import { Writer } from './writer.js';

const ACCOUNTS = 12;
const WRITERS = 32;
const WRITE_ON_MS = 500;
const ONE_IN_SO_MANY_OVER_HTTP = 8;

/** Two relays as they are built, and people who do what people do. */
export async function relayTrial(ground: Ground, seed: number, random: Random): Promise<Trial> {
  const history = new History(seed);
  const servers = await Promise.all([1, 2].map((number) => startRelay(ground, `relay ${number}`, history)));
  const persons = await registerAll(servers);
  const accounts = persons.map(({ tokens }) => new Account(tokens, servers));
  const [operator, ...others] = accounts as [Account, ...Account[]];
  const groups = new Groups(
    new Operator(operator, servers, random.fork(), history),
    others.map(({ id }) => id),
  );
  const followers = await seatEverybody(persons, groups, (name, place, beginning) => {
    const account = accounts[place] as Account;
    return new Follower(`${name} of account ${place}`, account, servers, random.fork(), history, beginning);
  });
  const writers = Array.from({ length: WRITERS }, (_, number) => {
    const account = accounts[number % ACCOUNTS] as Account;
    const over = number % ONE_IN_SO_MANY_OVER_HTTP === 0 ? 'HTTP' : 'socket';
    return new Writer(account, over, servers, () => groups.placesOf(account.id), random.fork(), history);
  });
  return {
    name: 'relay',
    servers,
    crowd: new Crowd(writers, followers),
    groups,
    history,
    // Twice in every round: these cost no time.
    faults: [...faultKinds, 'change members'],
    async lastly() {
      await groups.putOut(2);
      // From now on whoever follows at another relay than the writer has only the poll, and reads of its own.
      await ground.redis.kill();
      await pause(WRITE_ON_MS);
    },
    isLevel: () => isLevel(ground, followers),
    truth: async () => ({ history, channels: await ground.postgres.connected(readTruth) }),
  };
}

async function startRelay(ground: Ground, name: string, history: History): Promise<ServerProcess> {
  const program = {
    arguments: ['--enable-source-maps', join(process.cwd(), 'dist/src/main.js')],
    folder: ground.folder,
    logFile: join(ground.folder, `${name}.log`),
    env: {
      NODE_ENV: 'test',
      LETHE_HOST: '127.0.0.1',
      LETHE_DATA: join(ground.folder, 'relays'),
      LETHE_LIMIT_SCALE: '10000',
      LETHE_DRAIN_MS: '500',
      DATABASE_URL: ground.proxy.through(ground.postgres.url),
      REDIS_URL: ground.redis.url,
    },
  };
  const server = new ServerProcess(name, await freePort(), program, (how) => history.surprise(`${name} ${how}`));
  await server.start();
  return server;
}

function registerAll([server]: ServerProcess[]): Promise<Person[]> {
  if (!server) throw new Error('There is no server.');
  const names = Array.from({ length: ACCOUNTS }, (_, place) => `account.${place}`);
  return Promise.all(names.map(async (name) => new Person(server, await register(server, name))));
}

/** A hot group of all, one that half of them begin with, direct channels; feeds, and followers of one channel. */
async function seatEverybody(
  persons: Person[],
  groups: Groups,
  follower: (name: string, place: number, beginning?: { channelId: string; cursor: string }) => Follower,
): Promise<Follower[]> {
  const [operator, ...others] = persons as [Person, ...Person[]];
  const begin = async (members: Person[], weight: number) => {
    const channelId = await operator.makesGroupWith(...members);
    groups.add(
      channelId,
      [operator, ...members].map(({ id }) => id),
      weight,
    );
    return { channelId, cursor: (await operator.reads(channelId)).cursor };
  };
  const hot = await begin(others, 10);
  const half = await begin(others.slice(0, 5), 3);
  for (const [one, other] of [
    [0, 1],
    [2, 3],
    [4, 5],
    [6, 7],
  ] as const) {
    const pair = [persons[one], persons[other]] as [Person, Person];
    groups.addDirect(
      await pair[0].opensDirectWith(pair[1]),
      pair.map(({ id }) => id),
      1,
    );
  }
  return [
    ...[0, 1, 2, 3, 4, 5, 6].map((place) => follower('feed', place)),
    ...[5, 6, 7, 8, 9, 10, 11].map((place) => follower('hot group', place, hot)),
    ...[1, 3].map((place) => follower('half group', place, half)),
  ];
}

async function isLevel({ postgres }: Ground, followers: Follower[]): Promise<boolean> {
  const heads = await postgres.query<{ accountId: string; channelId: string; headSeq: number }>(
    `SELECT m.account_id AS "accountId", h.channel_id AS "channelId", h.last_seq AS "headSeq"
     FROM channel_heads h JOIN channel_members m ON m.channel_id = h.channel_id AND m.left_seq IS NULL`,
  );
  return followers.every(({ record }) =>
    heads
      .filter(
        ({ accountId, channelId }) => accountId === record.accountId && channelId === (record.channelId ?? channelId),
      )
      .every(({ channelId, headSeq }) => headSeq === 0 || (record.channels.get(channelId)?.last ?? 0) >= headSeq),
  );
}

import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Client } from 'pg';
import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../../../src/database/data-source-options.js';
import { migrate } from '../../../src/database/migrate.js';
import { freePort } from '../../harness/free-port.js';
import { Crowd } from '../crowd.js';
import { Follower } from '../follower.js';
import type { Ground } from '../ground.js';
import { History } from '../history.js';
import type { Random } from '../random.js';
import type { FaultKind } from '../schedule.js';
import { ServerProcess } from '../server-process.js';
import type { Trial } from '../trial.js';
import { type ChannelTruth, readTruth } from '../truth.js';
import { Writer } from '../writer.js';
import { byRank, inOrder, readSerialEntries } from './best-light.js';

const DATABASE = 'controls';
const WRITERS = 24;
const FOLLOWERS = 6;
/** Without news for so long, nobody is going to be given anything any more. */
const QUIET_MS = 1_000;

/** Faults that have nothing to do with members, of whom controls know nothing. */
const FAULTS: FaultKind[] = ['kill Redis', 'drop every socket', 'kill a server', 'end database sessions'];

export type Control = 'pubsub-only' | 'serial-cursor';

/** Two servers that deliver in a way that cannot keep the promise, before the same writers, followers and faults. */
export async function controlTrial(control: Control, ground: Ground, seed: number, random: Random): Promise<Trial> {
  const history = new History(seed);
  const channelId = randomUUID();
  await ground.redis.restart();
  await prepareDatabase(ground, channelId);
  const servers = await Promise.all([1, 2].map((number) => startControl(control, number, ground, history)));
  const followers = Array.from({ length: FOLLOWERS }, (_, number) => {
    const beginning = { channelId, cursor: '0' };
    return new Follower(`follower ${number}`, somebody(), servers, random.fork(), history, beginning);
  });
  const places = [{ channelId, weight: 1 }];
  const writers = Array.from(
    { length: WRITERS },
    () => new Writer(somebody(), 'socket', servers, () => places, random.fork(), history),
  );
  return {
    name: control,
    servers,
    crowd: new Crowd(writers, followers),
    history,
    faults: FAULTS,
    isLevel: quiet(history),
    truth: () => ground.postgres.connected((client) => truthOf(control, client, channelId, history), DATABASE),
  };
}

const somebody = () => ({ id: randomUUID(), token: () => Promise.resolve('') });

function quiet(history: History): () => Promise<boolean> {
  let [deliveries, since] = [-1, performance.now()];
  return () => {
    if (deliveries !== history.deliveries) [deliveries, since] = [history.deliveries, performance.now()];
    return Promise.resolve(performance.now() - since > QUIET_MS);
  };
}

async function prepareDatabase({ postgres }: Ground, channelId: string): Promise<void> {
  await postgres.query(`DROP DATABASE IF EXISTS ${DATABASE} WITH (FORCE)`);
  await postgres.query(`CREATE DATABASE ${DATABASE}`);
  const dataSource = await new DataSource(dataSourceOptions(postgres.urlOf(DATABASE))).initialize();
  await migrate(dataSource);
  await dataSource.query(`INSERT INTO channels (id, kind, created_at) VALUES ($1, 'GROUP', now())`, [channelId]);
  await dataSource.query('INSERT INTO channel_heads (channel_id) VALUES ($1)', [channelId]);
  await dataSource.query(
    `CREATE TABLE serial_entries (id bigserial PRIMARY KEY, channel_id uuid NOT NULL,
       client_message_id uuid NOT NULL UNIQUE, epoch int NOT NULL, sealed_body bytea NOT NULL)`,
  );
  await dataSource.destroy();
}

async function startControl(
  control: Control,
  number: number,
  ground: Ground,
  history: History,
): Promise<ServerProcess> {
  const name = `${control} ${number}`;
  const root = process.cwd();
  const program = {
    arguments: ['--import', join(root, 'scripts/run-typescript.mjs'), join(__dirname, `${control}.ts`)],
    folder: root,
    logFile: join(ground.folder, `${name}.log`),
    env: { DATABASE_URL: ground.proxy.through(ground.postgres.urlOf(DATABASE)), REDIS_URL: ground.redis.url },
  };
  const server = new ServerProcess(name, await freePort(), program, (how) => history.surprise(`${name} ${how}`));
  await server.start();
  return server;
}

/** Everybody is a member from the beginning to the end. */
async function truthOf(control: Control, client: Client, channelId: string, history: History) {
  const accountIds = [...history.messages, ...history.followers].map(({ accountId }) => accountId);
  const memberships = [...new Set(accountIds)].map((accountId) => ({ accountId, joinedSeq: 0, leftSeq: null }));
  const everybody = (channel: ChannelTruth) => ({ ...channel, memberships });
  if (control === 'pubsub-only')
    return { history: inOrder(history), channels: (await readTruth(client)).map(everybody) };
  const ranked = byRank(history, channelId, await readSerialEntries(client, channelId));
  return { history: ranked.history, channels: [everybody(ranked.channel)] };
}

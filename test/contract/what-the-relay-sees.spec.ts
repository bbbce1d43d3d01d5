import { Redis } from 'ioredis';
import pg from 'pg';
import ts from 'typescript';
import { granted, graphql } from '../harness/graphql-client.js';
import { login, register } from '../harness/people.js';
import { freshDatabase } from '../harness/postgres-for-tests.js';
import { describeWithRedis, startRedis } from '../harness/redis.js';
import { startRelay } from '../harness/relay.js';
import { nodesIn, parsed, read } from './sources.js';

/** Name, verdict and reason of every line of the page's tables. */
const listed = [...read('docs/what-the-relay-sees.md').matchAll(/^\| `([^`]+)` *\| (.*?) *\| (.*?) *\|$/gm)].map(
  ([, name = '', verdict = '', why = '']) => ({ name, verdict, why }),
);
const namesOf = (rows: { name: string }[]) => rows.map(({ name }) => name).sort();
const inRedis = namesOf(listed).filter((name) => name.startsWith('lethe:'));

/** Topics stand in a type, which is gone when the code runs. */
const topics = [...nodesIn(parsed('src/realtime/topics.ts'))]
  .filter(ts.isInterfaceDeclaration)
  .filter(({ name }) => name.text === 'TopicPayloads')
  .flatMap(({ members }) => members.map((member) => (member.name as ts.StringLiteral).text));

async function storedColumns(): Promise<string[]> {
  const database = await freshDatabase();
  const client = new pg.Client(database.url);
  await client.connect();
  const { rows } = await client.query<{ name: string }>(
    `SELECT table_name || '.' || column_name AS name FROM information_schema.columns WHERE table_schema = 'public'`,
  );
  await client.end();
  await database.drop();
  return namesOf(rows);
}

it('says of everything that it is seen or not, and why', () => {
  expect(listed.filter(({ verdict, why }) => !/^(sees|blind)$/.test(verdict) || why === '')).toEqual([]);
});

it('lists every column that is stored, and no other', async () => {
  expect(namesOf(listed).filter((name) => !name.startsWith('lethe:'))).toEqual(await storedColumns());
});

it('lists every topic that goes through Redis, and no other', () => {
  expect(topics).not.toEqual([]);
  expect(inRedis.filter((name) => !name.endsWith('*'))).toEqual(topics.map((topic) => `lethe:${topic}`).sort());
});

describeWithRedis('with Redis', () => {
  it('keeps nothing in Redis that is not listed', async () => {
    const redis = await startRedis();
    const relay = await startRelay({ env: { REDIS_URL: redis.url, LETHE_LIMIT_SCALE: '1' } });
    const reader = new Redis(redis.url);
    await register(relay, 'alice');
    const { accessToken } = await login(relay, 'alice');
    granted(await graphql(relay.url, 'mutation { setPresence(status: AWAY) { status } }', {}, accessToken));
    const kept = await reader.keys('*');
    const heard = (await reader.pubsub('CHANNELS')) as string[];
    reader.disconnect();
    await relay.stop();
    await redis.stop();

    expect([...new Set(kept.map((key) => key.replace(/[^:]+$/, '*')))].sort()).toEqual(
      inRedis.filter((name) => name.endsWith('*')),
    );
    expect(heard.filter((channel) => !inRedis.includes(channel))).toEqual([]);
  });
});

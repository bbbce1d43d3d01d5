import { Redis } from 'ioredis';
import { type Conversation, conversation, type Narrator } from '../../demo/conversation.js';
import { holdsNeitherTextNorSender, type Row } from '../../demo/stored-message.js';
import { describeWithRedis, startRedis, type TestRedis } from '../harness/redis.js';
import { startRelay, type TestRelay } from '../harness/relay.js';

const silent: Narrator = { chapter: () => undefined, line: () => undefined };

describeWithRedis('two people at two processes, with Apollo Client and libsignal', () => {
  let redis: TestRedis;
  let one: TestRelay;
  let other: TestRelay;
  let held: Conversation;
  let rows: Row[];

  beforeAll(async () => {
    redis = await startRedis();
    const env = { REDIS_URL: redis.url };
    one = await startRelay({ env });
    other = await startRelay({ beside: one, env });
  });
  afterAll(async () => {
    await other.stop();
    await one.stop();
    await redis.stop();
  });

  it('lets them exchange keys and talk, and loses nothing while one of them is away', async () => {
    held = await conversation(one.url, other.url, silent);
    expect(held.said).toHaveLength(26);
  });

  it('kept one entry a message, sealed to the size of a bucket', async () => {
    rows = await one.rows<Row>('SELECT * FROM channel_entries ORDER BY seq');
    expect(rows.map(({ channel_id, seq }) => [channel_id, seq])).toEqual(
      held.said.map(({ seq }) => [held.channelId, seq]),
    );
    for (const { sealed_body } of rows) expect([256, 512, 1024, 2048, 4096]).toContain((sealed_body as Buffer).length);
  });

  it('holds neither what was said nor who said it', () => {
    for (const row of rows) holdsNeitherTextNorSender(row, held);
  });

  it('woke both processes through Redis, and left nothing there but counters', async () => {
    const client = new Redis(redis.url);
    expect(await client.pubsub('NUMSUB', 'lethe:log-grew')).toEqual(['lethe:log-grew', 2]);
    const keys = await client.keys('*');
    expect(keys.filter((key) => !key.startsWith('lethe:limit:'))).toEqual([]);
    client.disconnect();
  });
});

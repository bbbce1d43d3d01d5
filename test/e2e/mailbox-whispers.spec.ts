import { Redis } from 'ioredis';
import { everythingIn } from '../harness/everything.js';
import { Correspondent, wordsIn } from '../harness/mail.js';
import { describeWithRedis, startRedis, type TestRedis } from '../harness/redis.js';
import { startRelay, type TestRelay } from '../harness/relay.js';

describeWithRedis('an ephemeral delivery', () => {
  let redis: TestRedis;
  let here: TestRelay;
  let there: TestRelay;
  let alice: Correspondent;
  let phone: Correspondent;
  let laptop: Correspondent;

  beforeAll(async () => {
    redis = await startRedis();
    const env = { REDIS_URL: redis.url };
    here = await startRelay({ env });
    there = await startRelay({ env, beside: here });
    alice = await Correspondent.arrives(here, 'alice');
    phone = await Correspondent.arrives(here, 'bob');
    laptop = (await phone.addsAnother()).movesTo(there);
  });
  afterAll(async () => {
    await Promise.all([alice, phone, laptop].map((person) => person.goesAway()));
    await there.stop();
    await here.stop();
    await redis.stop();
  });

  it('reaches whoever listens, on whatever process, and is stored nowhere', async () => {
    const [one, two] = [await phone.followsMailbox().caughtUp(), await phone.followsMailbox().caughtUp()];
    const far = await laptop.followsMailbox().caughtUp();
    const before = await everythingIn(here);
    expect(await alice.delivers(phone, 'ringing', { ephemeral: true })).toEqual({ accepted: 2, duplicate: false });
    for (const mail of [one, two, far]) {
      const page = await mail.page();
      expect(wordsIn(page.envelopes)).toEqual(['ringing']);
      expect(page).toMatchObject({ envelopes: [{ position: 0 }], caughtUp: true, recovered: true });
      expect(page.envelopes[0]!.expiresAt).toBe(page.envelopes[0]!.createdAt);
      const afterwards = await (mail === far ? laptop : phone).mailbox(page.cursor);
      expect(afterwards).toMatchObject({ envelopes: [], cursor: page.cursor });
    }
    expect(await everythingIn(here)).toEqual(before);
    const reader = new Redis(redis.url);
    const kept = await reader.keys('*');
    expect(kept.filter((key) => !/^lethe:(limit|presence):/.test(key))).toEqual([]);
    reader.disconnect();

    // What is stored goes on where it stood.
    await alice.delivers(phone, 'for good');
    expect(await one.take(1)).toMatchObject([{ position: 1 }]);
    for (const mail of [two, far]) expect(await mail.reads(1)).toEqual(['for good']);
  });

  it('is dropped where nobody listens, and tells its sender nothing of that', async () => {
    await Promise.all([phone.goesAway(), laptop.goesAway()]);
    expect(await alice.delivers(phone, 'anybody?', { ephemeral: true })).toEqual({ accepted: 2, duplicate: false });
    const mail = phone.followsMailbox();
    expect((await mail.page()).envelopes).toMatchObject([{ position: 1 }]);
    await alice.delivers(phone, 'second');
    expect(await mail.page()).toMatchObject({ envelopes: [{ position: 2 }] });
  });
});

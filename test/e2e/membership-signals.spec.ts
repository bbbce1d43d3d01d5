import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import type { Pool } from 'pg';
import { DataSource } from 'typeorm';
import { DeviceSignals } from '../../src/keys/device-signals.live.js';
import { Topics } from '../../src/realtime/topics.js';
import { crowd } from '../harness/crowd.js';
import { DeviceOwner } from '../harness/device-owner.js';
import { granted } from '../harness/graphql-client.js';
import { Hearing } from '../harness/hearing.js';
import { KeyRing } from '../harness/key-ring.js';
import { Person } from '../harness/person.js';
import { describeWithRedis, startRedis, type TestRedis } from '../harness/redis.js';
import { startRelay, type TestRelay } from '../harness/relay.js';
import { inhabitants, type ServerMember } from '../harness/server-member.js';
import { within } from '../harness/within.js';

interface Signal {
  kind: string;
  channelId: string | null;
  accountId: string | null;
  stock: { state: string } | null;
}

/** What a device is told of its account's channels and of other accounts. */
class Ear {
  private readonly hearing: Hearing<Signal>;

  constructor(readonly person: Person) {
    const query = 'subscription { deviceSignals { kind channelId accountId stock { state } } }';
    this.hearing = new Hearing(person.connection, 'deviceSignals', query);
  }

  /** Nobody here has one-time prekeys left: hearing so shows that the device listens. */
  async opens(): Promise<this> {
    expect(await this.hearing.hears(({ kind }) => kind === 'PRE_KEYS_LOW')).toMatchObject({
      channelId: null,
      accountId: null,
      stock: { state: 'EMPTY' },
    });
    return this;
  }

  /** `KIND id` of each, in the order they came. */
  get heard(): string[] {
    return this.signals.map(({ kind, channelId, accountId }) => `${kind} ${channelId ?? accountId}`);
  }

  get signals(): Signal[] {
    return this.hearing.heard.filter(({ kind }) => kind !== 'PRE_KEYS_LOW');
  }

  hears(count: number): Promise<void> {
    return within(5_000, () => this.signals.length >= count);
  }
}

/** They begin to listen. */
const listening = (...all: Person[]): Promise<Ear[]> => Promise.all(all.map((person) => new Ear(person).opens()));

/** On another device than before, that is put out of use again: two changes. */
async function changesDevices(person: Person): Promise<void> {
  const owner = new DeviceOwner(person.at, person.tokens);
  const other = await owner.addsDevice(KeyRing.ed25519().newDevice());
  await owner.deactivates(other.deviceId);
}

const changed = (person: Person): string[] => Array<string>(2).fill(`DEVICES_CHANGED ${person.id}`);

function signals(environment: () => Promise<Record<string, string>>, processes: number): void {
  let here: TestRelay;
  let there: TestRelay;
  let alice: ServerMember;
  let dave: ServerMember;
  /** Nobody knows him yet; each story has one of its own. */
  let bob: ServerMember;
  let bobThere: ServerMember;
  let born = 0;

  beforeAll(async () => {
    const env = await environment();
    here = await startRelay({ env });
    there = processes > 1 ? await startRelay({ env, beside: here }) : here;
    [alice, dave] = await inhabitants(here, 'alice', 'dave');
    dave = dave.movesTo(there);
  });
  beforeEach(async () => {
    [bob] = await inhabitants(here, `bob${++born}`);
    bobThere = bob.movesTo(there);
    await here.rows('DELETE FROM pre_keys');
  });
  afterEach(() => Promise.all([alice, bob, bobThere, dave].map((person) => person.goesAway())));
  afterAll(async () => {
    if (there !== here) await there.stop();
    await here.stop();
  });

  it('say DEVICES_CHANGED to the account itself and to those it shares a channel with, and to nobody else', async () => {
    const group = await alice.makesGroupWith(bob);
    const ears = await listening(alice, alice.movesTo(there), bobThere);
    const [stranger] = (await listening(dave)) as [Ear];
    await changesDevices(bob);
    await Promise.all(ears.map((ear) => ear.hears(2)));
    for (const { heard } of ears) expect(heard).toEqual(changed(bob));
    expect(ears[0]!.signals[0]!.stock).toBeNull();

    await alice.removes(bob, group);
    await ears[2]!.hears(3);
    await changesDevices(alice);
    await Promise.all(ears.slice(0, 2).map((ear) => ear.hears(4)));
    // What they hear of themselves is the last: nothing came before it.
    await changesDevices(bob);
    await changesDevices(dave);
    await Promise.all([ears[2]!.hears(5), stranger.hears(2)]);
    expect(ears[2]!.heard).toEqual([...changed(bob), `CHANNEL_LEFT ${group}`, ...changed(bob)]);
    expect(stranger.heard).toEqual(changed(dave));
    for (const { heard } of ears.slice(0, 2)) expect(heard).toEqual([...changed(bob), ...changed(alice)]);
    await Promise.all(ears.map(({ person }) => person.goesAway()));
  });

  it('say CHANNEL_JOINED to every device of who founds a channel, is added or joins', async () => {
    const ears = await listening(bob, bobThere);
    const [other, stranger] = (await listening(alice, dave)) as [Ear, Ear];
    const direct = await alice.opensDirectWith(bob);
    const group = await alice.makesGroupWith();
    await alice.adds(bob, group);
    const server = await alice.makesServer();
    await alice.takesIn(server, bob);
    const [open, closed] = [await alice.makesChannel(server), await alice.makesChannel(server, { isPrivate: true })];
    await bob.joinsChannels(open);
    await alice.adds(bob, closed);
    await Promise.all([...ears, other].map((ear) => ear.hears(4)));

    const joined = [direct, group, open, closed].map((id) => `CHANNEL_JOINED ${id}`);
    for (const { heard, signals } of ears) {
      expect(heard).toEqual(joined);
      expect(signals[0]).toMatchObject({ accountId: null, stock: null });
    }
    // Each of the channels once: that others come is in the log.
    expect(other.heard).toEqual(joined);
    await changesDevices(dave);
    await stranger.hears(2);
    expect(stranger.heard).toEqual(changed(dave));
  });

  const inGroup = async (): Promise<string> => alice.makesGroupWith(bob);
  let server: string;
  const inServer = async (): Promise<string> => {
    server = await alice.makesServer();
    await alice.takesIn(server, bob);
    const channel = await alice.makesChannel(server);
    await bob.joinsChannels(channel);
    return channel;
  };

  it.each<[string, () => Promise<string>, (channel: string) => Promise<unknown>]>([
    ['is removed from a group', inGroup, (group) => alice.removes(bob, group)],
    ['leaves a group', inGroup, async (group) => granted(await bob.triesToLeaveChannel(group))],
    ['was in a group that is deleted', inGroup, async (group) => granted(await alice.triesToDeleteChannel(group))],
    ['is the last to leave a group', () => bob.makesGroupWith(), (group) => bob.triesToLeaveChannel(group)],
    ['is removed from a server', inServer, async () => granted(await alice.triesToRemoveFrom(server, bob))],
    ['leaves a server', inServer, async () => granted(await bob.triesToLeave(server))],
    ['was in a channel that is deleted', inServer, async (id) => granted(await alice.triesToDeleteChannel(id))],
    ['was in a server that is deleted', inServer, async () => granted(await alice.triesToDeleteServer(server))],
  ])('say CHANNEL_LEFT to every device of who %s, and then no more', async (_, isIn, goes) => {
    const channel = await isIn();
    const ears = await listening(bob, bobThere);
    const [other, stranger] = (await listening(alice, dave)) as [Ear, Ear];
    await goes(channel);
    await Promise.all(ears.map((ear) => ear.hears(1)));
    await changesDevices(alice);
    await within(5_000, () => other.heard.includes(changed(alice)[1]!));
    await changesDevices(bob);
    await changesDevices(dave);
    await Promise.all([...ears.map((ear) => ear.hears(3)), stranger.hears(2)]);

    for (const { heard } of ears) expect(heard).toEqual([`CHANNEL_LEFT ${channel}`, ...changed(bob)]);
    expect(stranger.heard).toEqual(changed(dave));
  });
}

describe('the signals of an account in one process, without Redis', () => {
  signals(() => Promise.resolve({}), 1);

  it('keep what is to be done about prekeys for a client that does not keep up, whatever else comes', async () => {
    const relay = await startRelay();
    const [alice] = await inhabitants(relay, 'alice');
    await relay.rows('DELETE FROM pre_keys');
    const { account, device } = alice.tokens;
    const expiresAt = new Date(alice.tokens.accessTokenExpiresAt);
    const viewer = { accountId: account.id, deviceId: device!.id, sessionId: randomUUID(), expiresAt };
    const stream = await relay.app.get(DeviceSignals).follow(viewer);
    const topics = relay.app.get(Topics);
    const channels = Array.from({ length: 200 }, () => randomUUID());
    for (const channelId of channels) topics.publish('channel-joined', { channelId, accountIds: [alice.id] });
    topics.publish('channels-left', { memberships: [[channels[150]!, alice.id]] });
    const told: unknown[] = [];
    for (let n = 0; n < 128; n++) told.push((await stream.next()).value);
    await stream.return?.();
    await relay.stop();

    expect(told[0]).toEqual({ kind: 'PRE_KEYS_LOW' });
    const joined = channels.slice(73).filter((id) => id !== channels[150]);
    expect(told.slice(1, -1)).toEqual(joined.map((channelId) => ({ kind: 'CHANNEL_JOINED', channelId })));
    expect(told.at(-1)).toEqual({ kind: 'CHANNEL_LEFT', channelId: channels[150] });
  });

  it('ask PostgreSQL once, however many listen', async () => {
    const relay = await startRelay();
    const [alice] = await inhabitants(relay, 'alice');
    const names = Array.from({ length: 40 }, (_, n) => `member${n}`);
    const members = (await crowd(relay, alice.tokens, names)).map((tokens) => new Person(relay, tokens));
    await alice.makesGroupWith(...members);
    const { master } = relay.app.get(DataSource).driver as unknown as { master: Pool };
    let statements = 0;
    const count = () => (statements += 1);
    /** The fewest of some changes: what the relay does by the clock falls into one of them at times. */
    const statementsOfAChange = async (ears: Ear[]) => {
      let fewest = Infinity;
      master.on('acquire', count);
      for (let n = 0; n < 4; n++) {
        const before = ears.map(({ signals }) => signals.length);
        statements = 0;
        await changesDevices(alice);
        await Promise.all(ears.map((ear, index) => ear.hears(before[index]! + 2)));
        fewest = Math.min(fewest, statements);
      }
      master.off('acquire', count);
      return fewest;
    };
    const one = await listening(members[0]!);
    const ofOne = await statementsOfAChange(one);
    const all = [...one, ...(await listening(...members.slice(1)))];
    expect(await statementsOfAChange(all)).toBe(ofOne);
    await Promise.all(members.map((person) => person.goesAway()));
    await relay.stop();
  });
});

describeWithRedis('the signals of an account over two processes', () => {
  let redis: TestRedis;
  beforeAll(async () => void (redis = await startRedis()));
  afterAll(() => redis.stop());

  describe('on one Redis', () => {
    signals(() => Promise.resolve({ REDIS_URL: redis.url }), 2);
  });

  it('say so in small messages when something large is deleted, to a bounded number', async () => {
    const relay = await startRelay({ env: { REDIS_URL: redis.url } });
    const [alice] = await inhabitants(relay, 'alice');
    const members = await crowd(
      relay,
      alice.tokens,
      Array.from({ length: 1_100 }, (_, n) => `member${n}`),
    );
    const server = await alice.makesServer();
    const channels: string[] = [];
    for (let n = 0; n < 10; n++) channels.push(await alice.makesChannel(server));
    await relay.rows(
      `INSERT INTO channel_members (channel_id, account_id, joined_seq, role, joined_at)
       SELECT channel, account, 1, 'MEMBER', now() FROM unnest($1::uuid[]) AS channel, unnest($2::uuid[]) AS account`,
      [channels, members.map(({ account }) => account.id)],
    );
    const messages: [channel: string, account: string][][] = [];
    const reader = new Redis(redis.url);
    await reader.subscribe('lethe:channels-left');
    reader.on('message', (_: string, message: string) =>
      messages.push((JSON.parse(message) as { payload: { memberships: [string, string][] } }).payload.memberships),
    );
    granted(await alice.triesToDeleteServer(server));
    await within(5_000, () => messages.length >= 10);
    reader.disconnect();
    await relay.stop();

    expect(messages.map((memberships) => memberships.length)).toEqual(Array<number>(10).fill(1_000));
    expect(new Set(messages.flat().map(([, account]) => account)).size).toBe(1_101);
    expect(new Set(messages.flat().map((membership) => membership.join(' '))).size).toBe(10_000);
  });
});

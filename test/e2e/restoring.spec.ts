import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomBytes, randomUUID } from 'node:crypto';
import { AttachmentUpkeep } from '../../src/attachments/attachment-upkeep.service.js';
import { Pools } from '../../src/database/pools.js';
import { DeviceOwner } from '../harness/device-owner.js';
import { type Attachment, download, filesOnDisk, sees, triesToDelete, uploads } from '../harness/files.js';
import { granted, refusal } from '../harness/graphql-client.js';
import { KeyRing } from '../harness/key-ring.js';
import { Correspondent, type Envelope, wordsIn } from '../harness/mail.js';
import { command } from '../harness/operator-command.js';
import { tryToRefresh, whois } from '../harness/people.js';
import { freshDatabase, inPostgres, nameInRun, urlOfDatabase } from '../harness/postgres-for-tests.js';
import { buildRelay } from '../harness/relay-process.js';
import { startRelay, TestClock, type TestRelay } from '../harness/relay.js';
import { someFile } from '../harness/sealed-file.js';
import { ServerMember } from '../harness/server-member.js';
import { sealed, wordsOf } from '../harness/person.js';

beforeAll(buildRelay, 120_000);

const nameOf = (url: string) => new URL(url).pathname.slice(1);

/** A deployment whose processes come and go, and whose database can be copied while none runs. */
class House {
  readonly dataFolder = mkdtempSync(join(tmpdir(), 'lethe-restoring-'));
  readonly clock = new TestClock();
  private readonly databases: string[] = [];
  databaseUrl = '';

  static async build(): Promise<House> {
    const house = new House();
    house.databaseUrl = (await freshDatabase()).url;
    house.databases.push(house.databaseUrl);
    return house;
  }

  opens(): Promise<TestRelay> {
    return startRelay({ beside: this as unknown as TestRelay });
  }

  /** What a dump and its return amount to. */
  async backUp(): Promise<string> {
    const name = nameInRun(randomBytes(6).toString('hex'));
    await inPostgres((client) => client.query(`CREATE DATABASE ${name} TEMPLATE ${nameOf(this.databaseUrl)}`));
    this.databases.push(urlOfDatabase(name));
    return urlOfDatabase(name);
  }

  restored() {
    return command('admin', { DATABASE_URL: this.databaseUrl, LETHE_DATA: this.dataFolder }, 'restored');
  }

  async tearDown(): Promise<void> {
    for (const url of this.databases)
      await inPostgres((client) => client.query(`DROP DATABASE IF EXISTS ${nameOf(url)} WITH (FORCE)`));
    rmSync(this.dataFolder, { recursive: true, force: true });
  }
}

describe('a backup that was restored', () => {
  let house: House;
  let relay: TestRelay;
  let alice: Correspondent;
  let bob: Correspondent;
  let host: ServerMember;
  let server: string;
  let invite: string;
  let kept: Attachment;
  let deleted: Attachment;
  let envelope: Envelope;
  const bobsKeys = KeyRing.ed25519();
  const bobsDevice = bobsKeys.newDevice({ oneTime: 60, kem: 5 });
  let channel: string;
  let cursor: string;
  let claimedSince: number[];

  beforeAll(async () => {
    house = await House.build();
    const before = await house.opens();
    alice = await Correspondent.arrives(before, 'alice');
    bob = new Correspondent(before, (await DeviceOwner.registers(before, 'bob', bobsDevice)).tokens);
    channel = await alice.makesGroupWith(bob);
    await alice.posts(channel, 'before the backup');
    host = new ServerMember(before, alice.tokens);
    server = await host.makesServer();
    invite = await host.invites(server, { maxUses: 1 });
    await alice.delivers(bob, 'an envelope before the backup');
    [kept, deleted] = [await uploads(alice, channel, someFile()), await uploads(alice, channel, someFile())];
    await before.stop();
    const backup = await house.backUp();

    const since = await house.opens();
    [alice, bob] = [alice.movesTo(since), bob.movesTo(since)];
    claimedSince = (await Promise.all([alice.claims(bob.id), alice.claims(bob.id)])).map(
      ([bundle]) => bundle?.oneTimePreKey?.keyId ?? 0,
    );
    await alice.posts(channel, 'after the backup');
    await alice.delivers(bob, 'an envelope after the backup');
    await bob.delivers(alice, 'the first envelope, after the backup');
    envelope = (await alice.mailbox()).envelopes[0]!;
    granted(await triesToDelete(alice, deleted.id));
    await uploads(alice, channel, someFile());
    cursor = (await bob.reads(channel)).cursor;
    await bob.asks('mutation { logout }');
    await since.stop();

    house.databaseUrl = backup;
    const tooEarly = await house.opens();
    const refused = await house.restored();
    expect([refused.code, refused.errors]).toEqual([1, expect.stringContaining('Stop all of them first')]);
    await tooEarly.stop();
    const said = await house.restored();
    expect([said.code, said.errors]).toEqual([0, '']);
    for (const line of [
      '2 sessions ended.',
      /^\d+ one-time prekeys dropped/m,
      /^1 channels need new seals/m,
      /^2 mailboxes go on far above/m,
      /^1 invites revoked/m,
      /^1 files that no attachment knows of/m,
      /^1 files that attachments speak of are not in the store/m,
    ])
      expect(said.output).toMatch(line);
    relay = await house.opens();
    [alice, bob] = [alice.movesTo(relay), bob.movesTo(relay)];
  }, 120_000);

  afterAll(async () => {
    await relay.stop();
    await house.tearDown();
  });

  it('lets nobody in who was logged in, nor who had logged out since', async () => {
    expect(await whois(relay, alice.token)).toBe('UNAUTHENTICATED/SESSION_REVOKED');
    expect(await whois(relay, bob.token)).toBe('UNAUTHENTICATED/SESSION_REVOKED');
    expect(refusal(await tryToRefresh(relay, bob.tokens.refreshToken))).toMatch(/^UNAUTHENTICATED/);
  });

  it('answers cursors from before that its log begins anew', async () => {
    bob = await bob.logsInAgain();
    const answer = await bob.tries(
      'query ($id: ID!, $after: Cursor) { channelLog(channelId: $id, after: $after) { cursor } }',
      {
        id: channel,
        after: cursor,
      },
    );
    expect(refusal(answer)).toBe('EXPIRED/STREAM_RESET');
    expect(wordsOf((await bob.reads(channel)).entries)).toEqual(['before the backup']);
  });

  it('hands out no one-time prekey a second time, and asks the devices for new ones', async () => {
    [alice, bob] = [await alice.logsInAgain(), await bob.logsInAgain()];
    expect(claimedSince.sort()).toEqual([1, 2]);
    const [bundle] = await alice.claims(bob.id);
    expect(bundle).toMatchObject({ oneTimePreKey: null, kemPreKey: bobsDevice.lastResortKemPreKey });
    expect(await bob.stock()).toMatchObject({ oneTimePreKeys: 0, kemPreKeys: 0, state: 'STALE' });
  });

  it('lets nobody into a server by an invite from before, since its uses are forgotten', async () => {
    [alice, bob] = [await alice.logsInAgain(), await bob.logsInAgain()];
    expect(await new ServerMember(relay, alice.tokens).invitesOf(server)).toEqual([]);
    expect(refusal(await new ServerMember(relay, bob.tokens).triesToJoin(invite))).toBe('NOT_FOUND');
  });

  it('gives no envelope the id of one that is forgotten, and says that some may be', async () => {
    [alice, bob] = [await alice.logsInAgain(), await bob.logsInAgain()];
    const page = await bob.mailbox();
    expect([wordsIn(page.envelopes), page.recovered]).toEqual([['an envelope before the backup'], false]);
    expect(await bob.acknowledges(page.cursor)).toBe(1);
    expect(await bob.mailbox()).toMatchObject({ envelopes: [], recovered: true });
    await bob.delivers(alice, 'the first envelope after the restore');
    const [first] = (await alice.mailbox()).envelopes;
    expect(first?.position).toBe(1_000_001);
    expect(first?.id).not.toBe(envelope.id);
    const [after] = (await alice.delivers(bob, 'another'), await bob.mailbox()).envelopes;
    expect(after?.position).toBe(1_000_002);
  });

  it('deletes a day later the files that are forgotten, and keeps those that are not', async () => {
    alice = await alice.logsInAgain();
    const sweep = async () => {
      await relay.app.get(AttachmentUpkeep).deleteObjects(relay.app.get(Pools).append, relay.clock.now(), 100);
      return filesOnDisk(house.dataFolder, 'objects');
    };
    expect(await sweep()).toHaveLength(2);
    expect((await download((await sees(alice, kept.id)).downloadUrl)).status).toBe(200);
    expect((await download((await sees(alice, deleted.id)).downloadUrl)).status).toBe(404);
    relay.clock.advance({ hours: 24 });
    expect(await sweep()).toHaveLength(1);
  });

  it('takes a retried upload of the old keys for what it is, and new ones', async () => {
    bob = await bob.logsInAgain();
    const retried = await bob.uploads({ oneTimePreKeys: bobsDevice.oneTimePreKeys.slice(0, 5) });
    expect(retried.oneTimePreKeys).toBe(0);
    expect((await bob.uploads({ oneTimePreKeys: bobsKeys.ecPreKeys(9_000, 1) })).oneTimePreKeys).toBe(1);
  });

  it('takes nothing that was sealed for an epoch from before, whose number may have meant other members', async () => {
    alice = await alice.logsInAgain();
    for (const epoch of [1, 2]) {
      expect(refusal(await alice.triesToPost(channel, 'sealed before', { epoch }))).toBe('CONFLICT/STALE_EPOCH');
    }
    const { epoch } = await alice.looksAt(channel);
    const input = { channelId: channel, clientMessageId: randomUUID(), epoch, sealedBody: sealed('sealed anew') };
    await alice.posts(channel, 'sealed anew', input);
    expect(wordsOf((await alice.reads(channel)).entries)).toEqual(['before the backup', 'sealed anew']);
  });
});

it('is told which words it knows', async () => {
  const said = await command('admin', { LETHE_DATA: tmpdir() }, 'restored', 'everything');
  expect([said.code, said.errors]).toEqual([2, expect.stringContaining('npm run admin -- restored')]);
});

import { DataSource } from 'typeorm';
import {
  countDeletedObjects,
  countExpiredAttachments,
  countOrphanedAttachments,
  countUploadersToForget,
  forgetUploaders,
} from '../../src/attachments/attachment-upkeep.queries.js';
import { AttachmentUpkeep } from '../../src/attachments/attachment-upkeep.service.js';
import { AttachmentReleases } from '../../src/attachments/attachment-releases.js';
import { Pools } from '../../src/database/pools.js';
import { attachedTo, filesOnDisk, put, requests, sees, triesToDelete, triesToSee, uploads } from '../harness/files.js';
import { granted, refusal } from '../harness/graphql-client.js';
import { LockHolder } from '../harness/lock-holder.js';
import { login } from '../harness/people.js';
import { people, Person } from '../harness/person.js';
import { startRelay, type TestRelay } from '../harness/relay.js';
import { startS3, type TestS3 } from '../harness/s3.js';
import { someFile } from '../harness/sealed-file.js';
import { within } from '../harness/within.js';

describe.each(['disk', 'S3'])('the upkeep of attachments on %s', (kind) => {
  let s3: TestS3 | undefined;
  let relay: TestRelay;
  let upkeep: AttachmentUpkeep;
  let database: Pools['append'];
  let alice: Person;
  let bob: Person;
  let group: string;

  const now = () => relay.clock.now();
  const stored = () => (s3 ? s3.objects() : filesOnDisk(relay.dataFolder, 'objects'));
  const ids = async () =>
    (await relay.rows<{ id: string }>('SELECT id FROM attachments ORDER BY id')).map(({ id }) => id);
  const listed = async () => (await relay.rows('SELECT FROM deleted_objects')).length;

  beforeAll(async () => {
    s3 = kind === 'S3' ? await startS3() : undefined;
    relay = await startRelay({ env: s3?.env ?? {} });
    upkeep = relay.app.get(AttachmentUpkeep);
    database = relay.app.get(Pools).append;
    await people(relay, 'alice', 'bob');
  });
  // Every story begins with nothing, and later than the one before.
  beforeEach(async () => {
    await relay.rows('DELETE FROM channels');
    relay.clock.advance({ hours: 3 });
    for (let round = 0; round < 2; round++) await upkeep.deleteObjects(database, now(), 100);
    expect(await stored()).toEqual([]);
    const both = ['alice', 'bob'].map(async (name) => new Person(relay, await login(relay, name)));
    [alice, bob] = (await Promise.all(both)) as [Person, Person];
    group = await alice.makesGroupWith(bob);
  });
  afterAll(async () => {
    await relay.stop();
    await s3?.stop();
  });

  it('deletes what was not attached within a day, a few at a time, and nothing else', async () => {
    const kept = await uploads(alice, group, someFile());
    await alice.posts(group, 'kept', { attachmentIds: [kept.id] });
    await requests(alice, group, someFile());
    for (let n = 0; n < 2; n++) await uploads(alice, group, someFile());
    relay.clock.advance({ hours: 24 });
    expect(await upkeep.deleteOrphaned(database, now(), 10)).toBe(0);
    relay.clock.advance({ minutes: 10 });
    alice = new Person(relay, await login(relay, 'alice'));
    const young = await uploads(alice, group, someFile());

    expect(await countOrphanedAttachments(database, now())).toBe(3);
    expect(await upkeep.deleteOrphaned(database, now(), 2)).toBe(2);
    expect(await upkeep.deleteOrphaned(database, now(), 2)).toBe(1);
    expect(await countOrphanedAttachments(database, now())).toBe(0);
    expect(await ids()).toEqual([kept.id, young.id].sort());
    expect(await stored()).toHaveLength(2);
  });

  it('deletes what expired with its message', async () => {
    const kept = await uploads(alice, group, someFile());
    const fleeting = await uploads(alice, group, someFile());
    await alice.posts(group, 'kept', { attachmentIds: [kept.id], expiresInSeconds: 120 });
    await alice.posts(group, 'fleeting', { attachmentIds: [fleeting.id], expiresInSeconds: 60 });
    relay.clock.advance({ seconds: 61 });
    expect(await countExpiredAttachments(database, now())).toBe(1);
    expect(await upkeep.deleteExpired(database, now(), 10)).toBe(1);
    expect(await ids()).toEqual([kept.id]);
    expect(await stored()).toHaveLength(1);
    expect((await sees(bob, kept.id)).state).toBe('ATTACHED');
  });

  it('finds the objects of a channel that is gone', async () => {
    await uploads(alice, group, someFile());
    const other = await alice.makesGroupWith();
    await uploads(alice, other, someFile());
    await relay.rows('DELETE FROM channels WHERE id = $1', [group]);
    expect(await stored()).toHaveLength(2);
    expect(await countDeletedObjects(database, now())).toBe(1);
    expect(await upkeep.deleteObjects(database, now(), 10)).toBe(1);
    expect(await stored()).toHaveLength(1);
  });

  it('releases what is attached to a message that goes', async () => {
    const [gone, kept] = [await uploads(alice, group, someFile()), await uploads(alice, group, someFile())];
    const { seq } = await alice.posts(group, 'goes', { attachmentIds: [gone.id] });
    await alice.posts(group, 'stays', { attachmentIds: [kept.id] });
    const takeAway = await relay.app.get(DataSource).transaction(async (manager) => {
      await manager.query('UPDATE channel_entries SET sealed_body = NULL WHERE channel_id = $1 AND seq = $2', [
        group,
        seq,
      ]);
      return relay.app.get(AttachmentReleases).ofMessage(manager, group, seq);
    });
    expect(refusal(await triesToSee(bob, gone.id))).toBe('NOT_FOUND');
    expect(await ids()).toEqual([kept.id]);
    takeAway();
    await within(5_000, async () => (await stored()).length === 1);
    expect(await listed()).toBe(1);
  });

  it('shows nothing of a message whose body is gone, whoever took it', async () => {
    const { id } = await uploads(alice, group, someFile());
    await alice.posts(group, 'goes', { attachmentIds: [id] });
    await relay.rows('UPDATE channel_entries SET sealed_body = NULL WHERE channel_id = $1', [group]);
    for (const who of [alice, bob]) expect(refusal(await triesToSee(who, id))).toBe('NOT_FOUND');
  });

  it('waits for nobody who deletes the same in another order, and comes back for it', async () => {
    for (let n = 0; n < 2; n++) await requests(alice, group, someFile());
    relay.clock.advance({ hours: 25 });
    const [first] = await ids();
    const holder = await LockHolder.locks(relay, 'SELECT FROM attachments WHERE id = $1 FOR UPDATE', [first]);
    await upkeep.deleteOrphaned(database, now(), 10);
    expect(await ids()).toEqual([first]);
    await holder.lets();
    await upkeep.deleteOrphaned(database, now(), 10);
    expect(await ids()).toEqual([]);
  });

  it('comes back for what is uploaded once more with an old address', async () => {
    const file = someFile();
    const upload = await requests(alice, group, file);
    await put(upload, file);
    granted(await triesToDelete(alice, upload.attachment.id));
    expect(await stored()).toEqual([]);
    expect(await upkeep.deleteObjects(database, now(), 10)).toBe(1);
    expect((await put(upload, file)).ok).toBe(true);
    expect(await stored()).toHaveLength(1);
    // Listed until nobody can upload to it any more.
    expect(await countDeletedObjects(database, now())).toBe(0);
    expect(await listed()).toBe(1);
    relay.clock.advance({ hours: 2 });
    expect(await upkeep.deleteObjects(database, now(), 10)).toBe(1);
    expect(await stored()).toEqual([]);
    expect(await listed()).toBe(0);
  });

  it('forgets uploaders after 30 days: then nobody is one', async () => {
    const { id } = await uploads(alice, group, someFile());
    const posted = await alice.posts(group, 'old', { attachmentIds: [id] });
    relay.clock.advance({ days: 29 });
    expect(await forgetUploaders(database, now(), 10)).toBe(0);
    relay.clock.advance({ days: 1 });
    expect(await countUploadersToForget(database, now())).toBe(1);
    expect(await forgetUploaders(database, now(), 10)).toBe(1);
    expect(await countUploadersToForget(database, now())).toBe(0);
    expect(await relay.rows('SELECT FROM attachments WHERE uploader_scope IS NOT NULL')).toEqual([]);
    const later = new Person(relay, await login(relay, 'alice'));
    expect(refusal(await triesToDelete(later, id))).toBe('FORBIDDEN/RIGHT_MISSING');
    expect(await attachedTo(later, posted.id)).toEqual([id]);
  });
});

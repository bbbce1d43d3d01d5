import { randomUUID } from 'node:crypto';
import { DataSource } from 'typeorm';
import {
  attachedTo,
  put,
  requests,
  sees,
  triesToComplete,
  triesToDelete,
  triesToRequest,
  triesToSee,
  uploads,
} from '../harness/files.js';
import { granted, refusal } from '../harness/graphql-client.js';
import { login } from '../harness/people.js';
import { people, Person } from '../harness/person.js';
import { startRelay, type TestRelay } from '../harness/relay.js';
import { startS3 } from '../harness/s3.js';
import { sha256, someFile } from '../harness/sealed-file.js';
import { within } from '../harness/within.js';

const NOT_ATTACHABLE = 'BAD_USER_INPUT/NOT_ATTACHABLE';

let relay: TestRelay;
let alice: Person;
let bob: Person;
let carol: Person;
let group: string;

/** The same person with a session that has not run out. */
const again = async (who: Person) => new Person(relay, await login(relay, who.tokens.account.username));

beforeAll(async () => {
  relay = await startRelay();
  [alice, bob, carol] = (await people(relay, 'alice', 'bob', 'carol')) as [Person, Person, Person];
  group = await alice.makesGroupWith(bob);
});
afterAll(() => relay.stop());

describe('requesting an upload', () => {
  it.each([0, 1, -1, 16_383, 16_385, 65_552, 1_048_577, 106_954_753, 104_857_600 + 1, 109_051_904, 2 ** 31 - 1])(
    'is refused for %d bytes, which are no padded size',
    async (size) => {
      expect(refusal(await triesToRequest(alice, group, size, Buffer.alloc(32)))).toBe('BAD_USER_INPUT/NOT_PADDED');
    },
  );

  it.each([16_384, 65_536, 1_048_576, 1_081_344, 104_857_600, 106_954_752])(
    'is granted for %d bytes, which are',
    async (size) => {
      const { attachment } = granted(await triesToRequest(alice, group, size, Buffer.alloc(32))).requestUpload;
      expect(attachment).toMatchObject({ size, state: 'PENDING', channelId: group });
    },
  );

  it('is for members alone', async () => {
    const file = sha256(someFile());
    const foreign = await triesToRequest(carol, group, 16_384, file);
    const unknown = await triesToRequest(carol, randomUUID(), 16_384, file);
    expect(refusal(foreign)).toBe('NOT_FOUND');
    expect(JSON.stringify(foreign)).toBe(JSON.stringify(unknown));
  });

  it('has a budget of files and of bytes', async () => {
    const strict = await startRelay({ env: { LETHE_LIMIT_SCALE: '1' } });
    const [dave, erin] = (await people(strict, 'dave', 'erin')) as [Person, Person];
    const own = await dave.makesGroupWith(erin);
    const ask = (who: Person, size: number) => triesToRequest(who, own, size, Buffer.alloc(32));
    for (let n = 0; n < 10; n++) granted(await ask(dave, 104_857_600));
    const answer = await ask(dave, 104_857_600);
    expect(refusal(answer)).toBe('RATE_LIMITED');
    expect(answer.errors?.[0]?.extensions.retryAfterMs).toBeGreaterThan(60_000);
    granted(await ask(dave, 16_384));
    for (let n = 0; n < 50; n++) {
      strict.clock.advance({ seconds: 1 });
      granted(await ask(erin, 16_384));
    }
    expect(refusal(await ask(erin, 16_384))).toBe('RATE_LIMITED');
    await strict.stop();
  });
});

describe('completing an upload', () => {
  it('waits for the file, the whole one', async () => {
    const file = someFile();
    const upload = await requests(alice, group, file);
    const { id } = upload.attachment;
    expect(refusal(await triesToComplete(alice, id))).toBe('CONFLICT/UPLOAD_INCOMPLETE');
    expect((await put(upload, someFile())).status).toBe(400);
    expect(refusal(await triesToComplete(alice, id))).toBe('CONFLICT/UPLOAD_INCOMPLETE');
    await put(upload, file);
    const all = await Promise.all([1, 2, 3].map(() => triesToComplete(alice, id)));
    for (const answer of all) expect(granted(answer).completeUpload.state).toBe('READY');
  });

  it('is for the uploader alone', async () => {
    const { id } = await uploads(alice, group, someFile());
    expect(refusal(await triesToComplete(bob, id))).toBe('NOT_FOUND');
    expect(JSON.stringify(await triesToComplete(carol, id))).toBe(
      JSON.stringify(await triesToComplete(bob, randomUUID())),
    );
    await alice.posts(group, 'here', { attachmentIds: [id] });
    expect(refusal(await triesToComplete(bob, id))).toBe('FORBIDDEN/RIGHT_MISSING');
  });

  it('is too late an hour later, and after a day there is nothing to complete', async () => {
    const file = someFile();
    const [late, later] = [await requests(alice, group, file), await requests(alice, group, file)];
    await put(later, file);
    relay.clock.advance({ minutes: 61 });
    expect((await put(late, file)).status).toBe(410);
    let me = await again(alice);
    expect(refusal(await triesToComplete(me, late.attachment.id))).toBe('EXPIRED/UPLOAD_EXPIRED');
    // What was uploaded in time may be completed later.
    expect(granted(await triesToComplete(me, later.attachment.id)).completeUpload.state).toBe('READY');
    relay.clock.advance({ hours: 23 });
    me = await again(alice);
    for (const { attachment } of [late, later]) {
      expect(refusal(await triesToComplete(me, attachment.id))).toBe('NOT_FOUND');
      expect(refusal(await triesToSee(me, attachment.id))).toBe('NOT_FOUND');
    }
    const post = await me.triesToPost(group, 'too late', { attachmentIds: [later.attachment.id] });
    expect(refusal(post)).toBe(NOT_ATTACHABLE);
  });

  it('is tried again when the store is away', async () => {
    const s3 = await startS3();
    const other = await startRelay({ env: s3.env });
    const [dave] = (await people(other, 'dave')) as [Person];
    const own = await dave.makesGroupWith();
    const file = someFile();
    const upload = await requests(dave, own, file);
    await put(upload, file);
    await s3.stop();
    expect(refusal(await triesToComplete(dave, upload.attachment.id))).toBe('UNAVAILABLE/STORE_DOWN');
    // Deleting takes effect at once all the same; the object waits on a list.
    expect(granted(await triesToDelete(dave, upload.attachment.id)).deleteAttachment).toBe(true);
    expect(await other.rows('SELECT FROM deleted_objects')).toHaveLength(1);
    await other.stop();
  });
});

describe('posting with attachments', () => {
  let own: string;
  let dave: Person;
  let erin: Person;

  const postsIn = async (channelId: string) => (await dave.looksAt(channelId)).headSeq;

  beforeAll(async () => {
    [dave, erin] = (await people(relay, 'dave', 'erin')) as [Person, Person];
    own = await dave.makesGroupWith(erin);
  });

  it('writes nothing when one of them cannot be attached', async () => {
    const good = await uploads(dave, own, someFile());
    const pending = (await requests(dave, own, someFile())).attachment;
    const elsewhere = await uploads(dave, await dave.makesGroupWith(erin), someFile());
    const erins = await uploads(erin, own, someFile());
    const attached = await uploads(dave, own, someFile());
    await dave.posts(own, 'first', { attachmentIds: [attached.id] });
    const deleted = await uploads(dave, own, someFile());
    granted(await triesToDelete(dave, deleted.id));
    const head = await postsIn(own);
    const answers = new Set<string>();
    for (const bad of [pending, elsewhere, erins, attached, deleted, { id: randomUUID() }, { id: own }]) {
      const answer = await dave.triesToPost(own, 'no', { attachmentIds: [good.id, bad.id] });
      expect(refusal(answer)).toBe(NOT_ATTACHABLE);
      expect(answer.errors?.[0]?.extensions.fields).toMatchObject([{ path: 'input.attachmentIds' }]);
      answers.add(JSON.stringify(answer));
    }
    expect(answers.size).toBe(1);
    expect(await postsIn(own)).toBe(head);
    expect((await sees(dave, good.id)).state).toBe('READY');
    expect(refusal(await erin.triesToPost(own, 'no', { attachmentIds: [good.id] }))).toBe(NOT_ATTACHABLE);

    const posted = await dave.posts(own, 'yes', { attachmentIds: [good.id] });
    expect(posted.seq).toBe(head + 1);
  });

  it('takes ten at most, and each once', async () => {
    const ids = await Promise.all(Array.from({ length: 11 }, async () => (await uploads(dave, own, someFile())).id));
    expect(refusal(await dave.triesToPost(own, 'many', { attachmentIds: ids }))).toBe('BAD_USER_INPUT/INVALID_VALUE');
    const twice = await dave.triesToPost(own, 'twice', { attachmentIds: [ids[0], ids[0]!.toUpperCase()] });
    expect(refusal(twice)).toBe('BAD_USER_INPUT/INVALID_VALUE');
    const backwards = ids.slice(0, 10).reverse();
    const { id } = await dave.posts(own, 'ten', { attachmentIds: backwards });
    expect(await attachedTo(erin, id)).toEqual(backwards);
  });

  it('attaches to one message only, however many are posted at the moment', async () => {
    const [one, two] = [await uploads(dave, own, someFile()), await uploads(dave, own, someFile())];
    const second = await startRelay({ beside: relay });
    const elsewhere = dave.movesTo(second);
    const wishes = Array.from({ length: 12 }, (_, n) => [[one.id], [two.id, one.id], [two.id]][n % 3]!);
    const answers = await Promise.all(
      wishes.map((attachmentIds, n) => (n % 2 ? dave : elsewhere).triesToPost(own, `${n}`, { attachmentIds })),
    );
    // Others are posted meanwhile, in the same flushes.
    const others = await Promise.all(Array.from({ length: 20 }, (_, n) => dave.posts(own, `other ${n}`)));
    expect(new Set(others.map(({ seq }) => seq)).size).toBe(20);
    const ids: string[] = [];
    for (const [n, answer] of answers.entries()) {
      if (answer.errors) expect(refusal(answer)).toBe(NOT_ATTACHABLE);
      else {
        // Whoever was not refused has all that they asked for.
        expect(await attachedTo(erin, granted(answer).postMessage.id)).toEqual(wishes[n]);
        ids.push(...wishes[n]!);
      }
    }
    expect(ids.sort()).toEqual([one.id, two.id].sort());
    await second.stop();
  });

  it('loses against a deletion that is faster', async () => {
    const { id } = await uploads(dave, own, someFile());
    const head = await postsIn(own);
    const holder = relay.app.get(DataSource).createQueryRunner();
    await holder.startTransaction();
    await holder.query('DELETE FROM attachments WHERE id = $1', [id]);
    const posting = dave.triesToPost(own, 'too late', { attachmentIds: [id] });
    await within(1_500, async () => {
      const waiting = await relay.rows(
        "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
      );
      return waiting.length > 0;
    });
    await holder.commitTransaction();
    await holder.release();
    expect(refusal(await posting)).toBe(NOT_ATTACHABLE);
    expect(await postsIn(own)).toBe(head);
  });

  it('is refused as any post is: for a stale epoch, to a stranger', async () => {
    const { id } = await uploads(dave, own, someFile());
    expect(refusal(await dave.triesToPost(own, 'stale', { epoch: 9, attachmentIds: [id] }))).toBe(
      'CONFLICT/STALE_EPOCH',
    );
    const stranger = (await people(relay, 'george'))[0]!;
    expect(refusal(await stranger.triesToPost(own, 'hello', { attachmentIds: [id] }))).toBe('NOT_FOUND');
    expect((await sees(dave, id)).state).toBe('READY');
  });
});

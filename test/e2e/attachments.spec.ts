import { randomUUID } from 'node:crypto';
import { Downloads } from '../../src/attachments/downloads.js';
import { MessageAttachments } from '../../src/attachments/message-attachments.js';
import {
  attachedTo,
  ATTACHMENT,
  type Attachment,
  download,
  filesOnDisk,
  put,
  requests,
  sees,
  triesToComplete,
  triesToDelete,
  triesToSee,
  uploads,
} from '../harness/files.js';
import { granted, refusal } from '../harness/graphql-client.js';
import { people, type Person } from '../harness/person.js';
import { startRelay, type TestRelay } from '../harness/relay.js';
import { inhabitants } from '../harness/server-member.js';
import { startS3, type TestS3 } from '../harness/s3.js';
import { within } from '../harness/within.js';
import { openFile, sealFile, someFile } from '../harness/sealed-file.js';

describe.each(['disk', 'S3'])('attachments on %s', (kind) => {
  let s3: TestS3 | undefined;
  let relay: TestRelay;
  let alice: Person;
  let bob: Person;
  let carol: Person;
  let group: string;

  const stored = () => (s3 ? s3.objects() : filesOnDisk(relay.dataFolder, 'objects'));

  beforeAll(async () => {
    s3 = kind === 'S3' ? await startS3() : undefined;
    relay = await startRelay({ env: s3?.env ?? {} });
    [alice, bob, carol] = (await people(relay, 'alice', 'bob', 'carol')) as [Person, Person, Person];
    group = await alice.makesGroupWith(bob);
  });
  afterAll(async () => {
    await Promise.all([alice, bob, carol].map((who) => who.goesAway()));
    await relay.stop();
    await s3?.stop();
  });

  it('go from one device to another, and no one between can read them', async () => {
    const plain = Buffer.from('A cat on a keyboard. '.repeat(10_000));
    const { key, sealed } = sealFile(plain);
    const upload = await requests(alice, group, sealed);
    expect(upload).toMatchObject({ method: 'PUT', attachment: { state: 'PENDING', size: sealed.length } });
    expect(Date.parse(upload.expiresAt) - relay.clock.now().getTime()).toBeGreaterThan(3_500_000);
    expect(upload.attachment.downloadUrl).toBeNull();
    const { id } = upload.attachment;
    expect(refusal(await triesToComplete(alice, id))).toBe('CONFLICT/UPLOAD_INCOMPLETE');

    expect((await put(upload, sealed)).ok).toBe(true);
    expect(granted(await triesToComplete(alice, id)).completeUpload.state).toBe('READY');
    expect(granted(await triesToComplete(alice, id)).completeUpload.state).toBe('READY');
    expect(refusal(await triesToSee(bob, id))).toBe('NOT_FOUND');

    const posted = await alice.posts(group, 'look', { attachmentIds: [id] });
    const seen = await sees(bob, id);
    expect(seen).toMatchObject({ channelId: group, state: 'ATTACHED', expiresAt: null });
    expect(Date.parse(seen.downloadUrlExpiresAt ?? '') - relay.clock.now().getTime()).toBeLessThanOrEqual(300_000);
    const { bytes, headers, status } = await download(seen.downloadUrl);
    expect(status).toBe(200);
    expect(openFile(key, bytes).equals(plain)).toBe(true);
    expect(headers.get('content-type')).toBe('application/octet-stream');
    expect(headers.get('content-disposition')).toBe('attachment');
    expect(headers.get('cache-control')).toBe('private, no-store');
    if (!s3) expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(await attachedTo(bob, posted.id)).toEqual([id]);
    expect(granted(await triesToComplete(alice, id)).completeUpload.state).toBe('ATTACHED');
  });

  it('come with their message wherever it is read, in their order', async () => {
    const live = bob.connection;
    const ids = await Promise.all([1, 2, 3].map(async () => (await uploads(alice, group, someFile())).id));
    const select = `cursor caughtUp entries { ... on Message { id attachments { ${ATTACHMENT} } } }`;
    const shared = 'cursor caughtUp entries { ... on Message { id attachments { id state } } }';
    const pages = [select, shared].map((fields) => {
      const arrived: { entries: { attachments: Attachment[] }[]; caughtUp: boolean }[] = [];
      let tell = () => undefined as void;
      const stop = live.subscribe<{ channelLog: (typeof arrived)[0] }>(
        { query: `subscription ($id: ID!) { channelLog(channelId: $id) { ${fields} } }`, variables: { id: group } },
        {
          next: ({ data }) => {
            if (data) arrived.push(data.channelLog);
            tell();
          },
          error: () => undefined,
          complete: () => undefined,
        },
      );
      const until = async (isSo: () => boolean) => {
        while (!isSo()) await new Promise<void>((resolve) => (tell = resolve));
      };
      return { arrived, until, stop };
    });
    for (const { arrived, until } of pages) await until(() => arrived.some(({ caughtUp }) => caughtUp));
    const posted = await alice.posts(group, 'three', { attachmentIds: ids });
    await bob.posts(group, 'none');
    for (const { arrived, until, stop } of pages) {
      const entries = () => arrived.flatMap((page) => page.entries);
      await until(() => entries().length === 2);
      expect(entries().map(({ attachments }) => attachments.map(({ id }) => id))).toEqual([ids, []]);
      stop();
    }
    const [first] = pages[0]!.arrived.flatMap((page) => page.entries);
    expect((await download(first!.attachments[0]!.downloadUrl)).status).toBe(200);

    type Node = { id: string; attachments: { id: string }[] };
    const { channel, channelLog } = await bob.asks<{
      channel: { messages: { nodes: Node[] } };
      channelLog: { entries: Node[] };
    }>(
      `query ($id: ID!) {
         channel(id: $id) { messages(last: 10) { nodes { id attachments { id } } } }
         channelLog(channelId: $id) { entries { id ... on Message { attachments { id } } } }
       }`,
      { id: group },
    );
    for (const nodes of [channel.messages.nodes, channelLog.entries])
      expect(nodes.find(({ id }) => id === posted.id)?.attachments.map(({ id }) => id)).toEqual(ids);
  });

  it('are one message with it, however often it is posted', async () => {
    const [one, other] = [await uploads(alice, group, someFile()), await uploads(alice, group, someFile())];
    const clientMessageId = randomUUID();
    const post = (attachmentIds?: string[] | null) =>
      alice.triesToPost(group, 'once', { clientMessageId, attachmentIds });
    const first = granted(await post([one.id])).postMessage;
    expect(granted(await post([one.id])).postMessage).toMatchObject({ seq: first.seq, duplicate: true });
    for (const others of [[other.id], [one.id, other.id], [randomUUID()], [], null, undefined])
      expect(refusal(await post(others))).toBe('CONFLICT/IDEMPOTENCY_KEY_REUSED');
    expect((await sees(alice, other.id)).state).toBe('READY');
    expect(await attachedTo(alice, first.id)).toEqual([one.id]);
    granted(await triesToDelete(alice, one.id));
    expect(granted(await post([one.id])).postMessage).toMatchObject({ seq: first.seq, duplicate: true });
  });

  it('are deleted by their uploader, before and after they are attached', async () => {
    const before = await stored();
    const waiting = await uploads(alice, group, someFile());
    const { id } = await uploads(alice, group, someFile());
    const posted = await alice.posts(group, 'oops', { attachmentIds: [id] });
    expect(await stored()).toHaveLength(before.length + 2);
    expect(refusal(await triesToDelete(bob, id))).toBe('FORBIDDEN/RIGHT_MISSING');
    expect(refusal(await triesToDelete(bob, waiting.id))).toBe('NOT_FOUND');
    expect(refusal(await triesToDelete(carol, id))).toBe('NOT_FOUND');
    for (const one of [waiting.id, id]) expect(granted(await triesToDelete(alice, one)).deleteAttachment).toBe(true);
    expect(await stored()).toEqual(before);
    expect(await attachedTo(bob, posted.id)).toEqual([]);
    for (const one of [waiting.id, id]) {
      expect(refusal(await triesToSee(bob, one))).toBe('NOT_FOUND');
      expect(refusal(await triesToDelete(alice, one))).toBe('NOT_FOUND');
    }
  });

  it('are deleted in a server’s channel by moderators, and by no other member', async () => {
    const [owner, moderator, uploader, member] = await inhabitants(relay, 'owner', 'moderator', 'uploader', 'member');
    const server = await owner.makesServer();
    await owner.takesIn(server, moderator, uploader, member);
    await owner.ranks(server, moderator, 'MODERATOR');
    const lobby = await owner.makesChannel(server);
    for (const one of [moderator, uploader, member]) await one.joinsChannels(lobby);
    const before = await stored();
    const [{ id }, waiting] = [await uploads(uploader, lobby, someFile()), await uploads(uploader, lobby, someFile())];
    const { epoch } = await uploader.looksAt(lobby);
    const posted = await uploader.posts(lobby, 'look', { epoch, attachmentIds: [id] });
    expect(refusal(await triesToDelete(member, id))).toBe('FORBIDDEN/RIGHT_MISSING');
    // What nobody was shown yet is not there for moderators either.
    expect(refusal(await triesToDelete(moderator, waiting.id))).toBe('NOT_FOUND');
    expect(granted(await triesToDelete(moderator, id)).deleteAttachment).toBe(true);
    expect(await attachedTo(member, posted.id)).toEqual([]);
    expect(await stored()).toHaveLength(before.length + 1);
    expect(granted(await triesToDelete(uploader, waiting.id)).deleteAttachment).toBe(true);
    expect(refusal(await triesToDelete(moderator, id))).toBe('NOT_FOUND');
  });

  it('expire with their message', async () => {
    const { id } = await uploads(alice, group, someFile());
    await alice.posts(group, 'fleeting', { attachmentIds: [id], expiresInSeconds: 60 });
    const { expiresAt, createdAt } = await sees(bob, id);
    expect(Date.parse(expiresAt ?? '')).toBeGreaterThan(Date.parse(createdAt) + 59_000);
    relay.clock.advance({ seconds: 61 });
    expect(refusal(await triesToSee(bob, id))).toBe('NOT_FOUND');
    expect(refusal(await triesToDelete(alice, id))).toBe('NOT_FOUND');
  });

  it('are for members, at the time and now', async () => {
    const own = await bob.makesGroupWith(alice);
    const { id } = await uploads(bob, own, someFile());
    await bob.posts(own, 'for alice', { attachmentIds: [id] });
    const kept = (await sees(alice, id)).downloadUrl;
    // Who comes later sees no messages of before, and no files of theirs.
    await bob.adds(carol, own);
    expect(refusal(await triesToSee(carol, id))).toBe('NOT_FOUND');
    await bob.removes(alice, own);
    const [former, stranger] = await Promise.all([triesToSee(alice, id), triesToSee(alice, randomUUID())]);
    expect(JSON.stringify(former)).toBe(JSON.stringify(stranger));
    for (const ask of [triesToDelete, triesToComplete]) expect(refusal(await ask(alice, id))).toBe('NOT_FOUND');
    // The address she was given before lasts its five minutes and not longer.
    expect((await download(kept)).status).toBe(200);
    if (!s3) {
      relay.clock.advance({ minutes: 5 });
      expect((await download(kept)).status).toBe(410);
    }
  });

  it('have no address any more for a follower that lags behind its own departure', async () => {
    const own = await bob.makesGroupWith(carol);
    const { id } = await uploads(bob, own, someFile());
    await bob.posts(own, 'for carol', { attachmentIds: [id] });
    // What such a follower is shown was read while it was a member.
    const [attachment] = await relay.app.get(MessageAttachments).load({ channelId: own, seq: 1 });
    const asks = () => relay.app.get(Downloads).load({ accountId: carol.id, host: undefined, attachment: attachment! });
    expect(await asks()).toMatchObject({ url: expect.stringContaining('http') as string });
    await bob.removes(carol, own);
    expect(await asks()).toBeNull();
  });

  it('of an account that is deleted stay as nobody’s where they are attached, and go where they are not', async () => {
    const [dave] = (await people(relay, `dave-${kind.toLowerCase()}`)) as [Person];
    const shared = await alice.makesGroupWith(dave);
    const [kept, waiting] = [await uploads(dave, shared, someFile()), await uploads(dave, shared, someFile())];
    const alices = await uploads(alice, shared, someFile());
    await dave.posts(shared, 'stays', { attachmentIds: [kept.id] });
    const before = await stored();
    await dave.asks('mutation ($input: DeleteAccountInput!) { deleteAccount(input: $input) }', {
      input: { password: 'correct horse battery staple' },
    });
    const rows = await relay.rows<{ id: string }>('SELECT id FROM attachments WHERE channel_id = $1', [shared]);
    expect(rows.map(({ id }) => id).sort()).toEqual([kept.id, alices.id].sort());
    expect((await download((await sees(alice, kept.id)).downloadUrl)).status).toBe(200);
    await within(5_000, async () => (await stored()).length === before.length - 1);
    expect(await relay.rows('SELECT FROM attachments WHERE id = $1', [waiting.id])).toEqual([]);
  });

  it('name nobody: each has a scope of its own, and keys say nothing', async () => {
    const ids = [await uploads(alice, group, someFile()), await uploads(alice, group, someFile())].map(({ id }) => id);
    const rows = await relay.rows<{ uploader_scope: Buffer; object_key: string }>(
      'SELECT * FROM attachments WHERE id = ANY ($1::uuid[])',
      [ids],
    );
    expect(rows).toHaveLength(2);
    expect(new Set(rows.map((row) => row.uploader_scope.toString('hex'))).size).toBe(2);
    for (const { object_key } of rows) expect(object_key).toMatch(/^[0-9a-f]{48}$/);
    const told = JSON.stringify(rows);
    for (const text of [alice.id, alice.tokens.device!.id]) expect(told).not.toContain(text);
  });
});

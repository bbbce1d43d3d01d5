import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { download, filesOnDisk, put, requests, sees, triesToComplete, uploads } from '../harness/files.js';
import { granted, refusal } from '../harness/graphql-client.js';
import { LockHolder } from '../harness/lock-holder.js';
import { people, type Person } from '../harness/person.js';
import { freshDatabase } from '../harness/postgres-for-tests.js';
import { startRelay, type TestRelay } from '../harness/relay.js';
import { buildRelay, RelayProcess } from '../harness/relay-process.js';
import { sha256, someFile } from '../harness/sealed-file.js';
import { within } from '../harness/within.js';

const MiB = 1_048_576;
const LARGEST = 102 * MiB;

describe('attachments of two processes', () => {
  let here: TestRelay;
  let there: TestRelay;

  beforeAll(async () => {
    here = await startRelay();
    there = await startRelay({ beside: here });
  });
  afterAll(async () => {
    await there.stop();
    await here.stop();
  });

  it('are the same ones', async () => {
    const [alice, bob] = (await people(here, 'alice', 'bob')) as [Person, Person];
    const group = await alice.makesGroupWith(bob);
    const file = someFile();
    const upload = await requests(alice, group, file);
    // Announced here, uploaded there, completed here, attached there, seen here.
    expect((await put({ ...upload, url: upload.url.replace(here.url, there.url) }, file)).status).toBe(204);
    granted(await triesToComplete(alice, upload.attachment.id));
    await alice.movesTo(there).posts(group, 'both', { attachmentIds: [upload.attachment.id] });
    const { downloadUrl } = await sees(bob, upload.attachment.id);
    expect((await download(downloadUrl?.replace(here.url, there.url) ?? null)).bytes.equals(file)).toBe(true);
  });

  it('are attached once by a post that is tried again elsewhere before the first one is through', async () => {
    const [carol] = (await people(here, 'carol')) as [Person];
    const group = await carol.makesGroupWith();
    const { id } = await uploads(carol, group, someFile());
    const once = { clientMessageId: randomUUID(), attachmentIds: [id] };
    const holder = await LockHolder.locks(here, 'SELECT FROM channel_heads WHERE channel_id = $1 FOR UPDATE', [group]);
    const first = carol.posts(group, 'once', once);
    await holder.queue(1);
    const again = carol.movesTo(there).posts(group, 'once', once);
    await holder.queue(2);
    await holder.lets();
    expect(await first).toMatchObject({ seq: 1, duplicate: false });
    expect(await again).toMatchObject({ seq: 1, duplicate: true });
  });
});

describe('a process of its own', () => {
  let folder: string;
  let database: Awaited<ReturnType<typeof freshDatabase>>;
  let relay: RelayProcess;

  const start = async () => {
    relay = RelayProcess.run(folder, { NODE_ENV: 'test', LETHE_HOST: '127.0.0.1', DATABASE_URL: database.url });
    return { url: (await relay.ready()).replace('localhost', '127.0.0.1') };
  };
  const files = (which: 'objects' | 'incoming') => filesOnDisk(join(folder, 'data'), which);
  const memory = async () => {
    const status = await readFile(`/proc/${relay.child.pid}/status`, 'utf8');
    const mebibytes = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1]) / 1_024;
    return { now: mebibytes('VmRSS'), peak: mebibytes('VmHWM') };
  };
  /** Hashing passwords has taken more than files ever should: from now on the peak is measured anew. */
  const forgetPeak = () => writeFile(`/proc/${relay.child.pid}/clear_refs`, '5');

  beforeAll(buildRelay, 120_000);
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lethe-files-'));
    database = await freshDatabase();
  });
  afterEach(async () => {
    await relay.kill();
    await database.drop();
    await rm(folder, { recursive: true, force: true });
  });

  const onLinux = process.platform === 'linux' ? it : it.skip;

  onLinux(
    'takes and gives the largest file in little memory',
    async () => {
      const at = await start();
      const [alice] = (await people(at, 'alice')) as [Person];
      const group = await alice.makesGroupWith();
      // Once with a small one, so that everything is loaded that ever will be.
      await download((await sees(alice, (await uploads(alice, group, someFile(MiB))).id)).downloadUrl);
      await forgetPeak();
      const { now: before } = await memory();
      const file = someFile(LARGEST);
      const { id } = await uploads(alice, group, file);
      const { bytes } = await download((await sees(alice, id)).downloadUrl);
      expect(sha256(bytes).equals(sha256(file))).toBe(true);
      const { peak } = await memory();
      expect(peak).toBeLessThan(before + 60);
      expect(peak).toBeGreaterThanOrEqual(before);
    },
    60_000,
  );

  it('that is killed in the middle of an upload shows nothing of it', async () => {
    let at = await start();
    const [alice] = (await people(at, 'alice')) as [Person];
    const group = await alice.makesGroupWith();
    const file = someFile(8 * MiB);
    const upload = await requests(alice, group, file);
    const sending = request(upload.url, { method: 'PUT', headers: { 'content-length': file.length } });
    sending.on('error', () => undefined);
    sending.write(file.subarray(0, 5 * MiB));
    await within(10_000, async () => (await files('incoming')).length === 1);
    await relay.kill();
    expect(await files('objects')).toEqual([]);

    at = await start();
    const back = alice.movesTo(at);
    expect(refusal(await triesToComplete(back, upload.attachment.id))).toBe('CONFLICT/UPLOAD_INCOMPLETE');
    // The address is good after the restart, too: it is nothing but its signature.
    const url = new URL(upload.url);
    expect((await put({ ...upload, url: `${at.url}${url.pathname}${url.search}` }, file)).status).toBe(204);
    expect(granted(await triesToComplete(back, upload.attachment.id)).completeUpload.state).toBe('READY');
    expect(await files('objects')).toHaveLength(1);
  }, 60_000);
});

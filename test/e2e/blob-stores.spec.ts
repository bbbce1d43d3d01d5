import { randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { BLOB_STORE, type BlobDescription, type BlobStore } from '../../src/attachments/blob-store.js';
import { DiskBlobStore } from '../../src/attachments/disk-blob-store.js';
import { S3BlobStore } from '../../src/attachments/s3-blob-store.js';
import { Clock } from '../../src/config/clock.js';
import { parseSettings } from '../../src/config/settings.js';
import { Log } from '../../src/errors/log.js';
import { filesOnDisk, put } from '../harness/files.js';
import { startRelay, type TestRelay } from '../harness/relay.js';
import { startS3, type TestS3 } from '../harness/s3.js';
import { sha256, someFile } from '../harness/sealed-file.js';

const MiB = 1_048_576;

/** What any store must do, and what it must not let anybody do. */
describe.each(['disk', 'S3'])('a blob store on %s', (kind) => {
  let s3: TestS3 | undefined;
  let relay: TestRelay;
  let store: BlobStore;

  const objects = () => (s3 ? s3.objects() : filesOnDisk(relay.dataFolder, 'objects'));
  const describing = (file: Buffer): BlobDescription => ({
    key: randomBytes(24).toString('hex'),
    size: file.length,
    sha256: sha256(file),
  });
  const inAnHour = () => new Date(relay.clock.now().getTime() + 3_600_000);
  const signed = async (object: BlobDescription) => ({
    method: 'PUT',
    ...(await store.signUpload(object, inAnHour(), new URL(relay.url).host)),
  });
  const download = async (key: string) => store.signDownload(key, inAnHour(), new URL(relay.url).host);

  beforeAll(async () => {
    s3 = kind === 'S3' ? await startS3() : undefined;
    relay = await startRelay({ env: s3?.env ?? {} });
    store = relay.app.get<BlobStore>(BLOB_STORE);
    expect(store instanceof DiskBlobStore).toBe(kind === 'disk');
  });
  afterAll(async () => {
    await relay.stop();
    await s3?.stop();
  });

  it('takes what was announced and gives it back, whole and in parts', async () => {
    const file = someFile(MiB);
    const object = describing(file);
    expect(await store.holds(object)).toBe(false);
    expect((await put(await signed(object), file)).ok).toBe(true);
    expect(await store.holds(object)).toBe(true);
    expect(await objects()).toContain(object.key);

    const url = await download(object.key);
    const whole = await fetch(url);
    expect(whole.headers.get('content-length')).toBe(String(MiB));
    expect(Buffer.from(await whole.arrayBuffer()).equals(file)).toBe(true);
    const part = await fetch(url, { headers: { range: 'bytes=65536-131071' } });
    expect(part.status).toBe(206);
    expect(part.headers.get('content-range')).toBe(`bytes 65536-131071/${MiB}`);
    expect(Buffer.from(await part.arrayBuffer()).equals(file.subarray(65_536, 131_072))).toBe(true);
  });

  it('takes the same again', async () => {
    const file = someFile();
    const object = describing(file);
    const upload = await signed(object);
    expect((await put(upload, file)).ok).toBe(true);
    expect((await put(upload, file)).ok).toBe(true);
    expect(await store.holds(object)).toBe(true);
  });

  it.each([
    ['shorter', -1],
    ['longer', 1],
    ['empty', -16_384],
  ])('refuses a file that is %s', async (_, more) => {
    const object = describing(someFile());
    const answer = await put(await signed(object), Buffer.alloc(object.size + more));
    expect(answer.ok).toBe(false);
    expect(await store.holds(object)).toBe(false);
    expect(await objects()).not.toContain(object.key);
  });

  it('does not take another file of the same length for the one that was announced', async () => {
    const object = describing(someFile());
    const answer = await put(await signed(object), someFile());
    // A store that does not compare is caught when the relay looks.
    if (kind === 'disk') expect(answer.status).toBe(400);
    expect(await store.holds(object)).toBe(false);
  });

  it('refuses addresses that were changed, for another object, or for another purpose', async () => {
    const file = someFile();
    const [object, other] = [describing(file), describing(file)];
    const { url, ...upload } = await signed(object);
    const changes: string[] = [url.replace(object.key, other.key), await download(object.key)];
    // The S3 server for tests takes what is not signed at all, as a bucket does that is open to everybody.
    if (kind === 'disk') changes.push(url.split('?')[0]!);
    for (const name of new URL(url).searchParams.keys()) {
      const changed = new URL(url);
      const value = changed.searchParams.get(name) ?? '';
      changed.searchParams.set(
        name,
        value.replace(/.$/, (last) => (last === '1' ? '2' : '1')),
      );
      changes.push(changed.href);
    }
    expect(changes.length).toBeGreaterThan(6);
    for (const changed of changes) {
      const { status } = await put({ ...upload, url: changed }, file);
      expect(`${status} ${changed}`).toMatch(/^4\d\d /);
    }
    expect(await objects()).not.toContain(object.key);
    expect(await objects()).not.toContain(other.key);

    expect((await put({ ...upload, url }, file)).ok).toBe(true);
    const given = await download(object.key);
    for (const changed of [url, given.replace(object.key, other.key), given.replace(/(?<=ignature=)../i, 'ab')])
      expect((await fetch(changed)).ok).toBe(false);
    expect((await fetch(given)).ok).toBe(true);
  });

  it('refuses addresses past their time', async () => {
    // The store on S3 has a clock of its own: what is signed here was signed two hours ago.
    relay.clock.advance({ hours: -2 });
    const file = someFile();
    const object = describing(file);
    const upload = await signed(object);
    const url = await download(object.key);
    relay.clock.advance({ hours: 2 });
    expect((await put(upload, file)).ok).toBe(false);
    expect((await put(await signed(object), file)).ok).toBe(true);
    expect((await fetch(url)).ok).toBe(false);
  });

  it('never shows an upload that was cut off', async () => {
    const file = someFile(MiB);
    const object = describing(file);
    const { url, headers } = await signed(object);
    const cut = request(url, {
      method: 'PUT',
      headers: { ...Object.fromEntries(headers.map(({ name, value }) => [name, value])), 'content-length': MiB },
    });
    const over = new Promise((resolve) => cut.once('close', resolve));
    cut.on('error', () => undefined);
    await new Promise((resolve) => cut.write(file.subarray(0, MiB / 2), resolve));
    cut.destroy();
    await over;
    expect(await store.holds(object)).toBe(false);
    // The S3 server for tests writes in place, as no other does.
    if (kind === 'disk') expect((await fetch(await download(object.key))).ok).toBe(false);
    expect((await put(await signed(object), file)).ok).toBe(true);
    expect(await store.holds(object)).toBe(true);
  });

  it('deletes what is there, and does not mind what is not', async () => {
    const file = someFile();
    const made = await Promise.all(
      [1, 2, 3].map(async () => {
        const object = describing(file);
        await put(await signed(object), file);
        return object;
      }),
    );
    await store.delete([...made.map(({ key }) => key), describing(file).key]);
    await store.delete(made.map(({ key }) => key));
    for (const object of made) {
      expect(await store.holds(object)).toBe(false);
      expect((await fetch(await download(object.key))).status).toBe(404);
    }
  });
});

describe('a store on S3', () => {
  it('makes its bucket where there is none', async () => {
    const s3 = await startS3({ bucket: false });
    const relay = await startRelay({ env: s3.env });
    const file = someFile();
    const object = { key: randomBytes(24).toString('hex'), size: file.length, sha256: sha256(file) };
    const store = relay.app.get<BlobStore>(BLOB_STORE);
    const upload = await store.signUpload(object, new Date(relay.clock.now().getTime() + 60_000), undefined);
    expect((await put({ method: 'PUT', ...upload }, file)).ok).toBe(true);
    expect(await store.holds(object)).toBe(true);
    await relay.stop();
    await s3.stop();
  });

  it('stops the start when it refuses the key, and not when it is away', async () => {
    const s3 = await startS3();
    await expect(startRelay({ env: { ...s3.env, LETHE_S3_SECRET_ACCESS_KEY: 'wrong' } })).rejects.toThrow(
      /LETHE_S3_BUCKET.*403/,
    );
    await s3.stop();
    const relay = await startRelay({ env: s3.env });
    const store = relay.app.get<BlobStore>(BLOB_STORE);
    const object = { key: randomBytes(24).toString('hex'), size: 16_384, sha256: Buffer.alloc(32) };
    await expect(store.holds(object)).rejects.toMatchObject({ code: 'UNAVAILABLE', reason: 'STORE_DOWN' });
    await expect(store.delete([object.key])).rejects.toMatchObject({ code: 'UNAVAILABLE', reason: 'STORE_DOWN' });
    await relay.stop();
  });

  it('makes all that was announced part of the signature', async () => {
    const s3 = await startS3();
    const relay = await startRelay({ env: s3.env });
    const object = { key: randomBytes(24).toString('hex'), size: 16_384, sha256: Buffer.alloc(32) };
    const store = relay.app.get<BlobStore>(BLOB_STORE);
    const { url, headers } = await store.signUpload(object, new Date(relay.clock.now().getTime() + 60_000), undefined);
    expect(new URL(url).searchParams.get('X-Amz-SignedHeaders')?.split(';')).toEqual([
      'content-disposition',
      'content-length',
      'content-type',
      'host',
      'x-amz-checksum-sha256',
    ]);
    expect(headers).toContainEqual({ name: 'x-amz-checksum-sha256', value: Buffer.alloc(32).toString('base64') });
    await relay.stop();
    await s3.stop();
  });

  it('signs for the address at which clients reach it', async () => {
    const s3 = await startS3();
    const relay = await startRelay({ env: { ...s3.env, LETHE_S3_PUBLIC_ENDPOINT: 'https://files.example' } });
    const store = relay.app.get<BlobStore>(BLOB_STORE);
    const until = new Date(relay.clock.now().getTime() + 60_000);
    expect(await store.signDownload('ab', until, undefined)).toMatch(
      /^https:\/\/files\.example\/encrypted-files\/ab\?/,
    );
    await relay.stop();
    await s3.stop();
  });
});

it('names what it holds in S3, and nothing there that is not the relay’s', async () => {
  const s3 = await startS3({ strict: false });
  const { settings } = parseSettings(s3.env);
  const store = await S3BlobStore.open(settings!, new Clock(), new Log('silent'));
  const file = someFile();
  for (const key of ['ab'.repeat(24), 'of-somebody-else']) {
    const object = { key, size: file.length, sha256: sha256(file) };
    const upload = await store.signUpload(object, new Date(Date.now() + 60_000));
    expect((await put({ method: 'PUT', ...upload }, file)).ok).toBe(true);
  }
  const keys: string[] = [];
  for await (const key of store.keys()) keys.push(key);
  expect(keys).toEqual(['ab'.repeat(24)]);
  expect(await s3.objects()).toHaveLength(2);
  store.onApplicationShutdown();
  await s3.stop();
});

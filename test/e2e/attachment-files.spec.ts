import { once } from 'node:events';
import { appendFile, mkdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { AttachmentUpkeep } from '../../src/attachments/attachment-upkeep.service.js';
import { Pools } from '../../src/database/pools.js';
import { download, filesOnDisk, put, requests, sees, triesToComplete, type Upload, uploads } from '../harness/files.js';
import { graphql, granted, refusal } from '../harness/graphql-client.js';
import { people, type Person } from '../harness/person.js';
import { RawSocket } from '../harness/raw-socket.js';
import { startRelay, type TestRelay } from '../harness/relay.js';
import { someFile } from '../harness/sealed-file.js';
import { within } from '../harness/within.js';

const KiB = 1_024;

let relay: TestRelay;
let alice: Person;
let group: string;

beforeAll(async () => {
  relay = await startRelay({ env: { LETHE_ALLOWED_ORIGINS: 'https://chat.example' } });
  [alice] = (await people(relay, 'alice')) as [Person];
  group = await alice.makesGroupWith();
});
afterAll(() => relay.stop());

const incoming = () => filesOnDisk(relay.dataFolder, 'incoming');
const objects = () => filesOnDisk(relay.dataFolder, 'objects');

/** An upload of which the story writes every byte itself. */
async function rawUpload({ url }: Upload, headers: Record<string, string | number>): Promise<Socket> {
  const { hostname, port, pathname, search, host } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  const lines = Object.entries({ Host: host, ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`PUT ${pathname}${search} HTTP/1.1\r\n${lines.join('')}\r\n`);
  return socket;
}

const statusIn = (answer: string) => answer.split(' ')[1];

describe('uploads to disk', () => {
  it('are held to their length, however they are sent', async () => {
    const file = someFile();
    const before = await objects();
    const upload = await requests(alice, group, file);
    const [chunked, cut] = await Promise.all([
      rawUpload(upload, { 'Transfer-Encoding': 'chunked', Connection: 'close' }),
      rawUpload(upload, { 'Content-Length': file.length, Connection: 'close' }),
    ]);
    chunked.write(`4000\r\n`);
    chunked.write(Buffer.concat([file, Buffer.from('\r\n0\r\n\r\n')]));
    expect(statusIn(await text(chunked))).toBe('400');
    cut.end(file.subarray(0, -1));
    expect(await text(cut)).not.toContain('204');
    const more = await rawUpload(upload, { 'Content-Length': file.length, Connection: 'close' });
    more.write(Buffer.concat([file, Buffer.from('and more')]));
    await text(more);
    await within(5_000, async () => (await incoming()).length === 0);
    // What came after the announced length belongs to no file.
    for (const name of (await objects()).filter((one) => !before.includes(one))) {
      const place = join(relay.dataFolder, 'attachments', 'objects', name.slice(0, 2), name);
      expect((await readFile(place)).equals(file)).toBe(true);
    }
  });

  it('answer in the shape of GraphQL, and repeat nothing', async () => {
    const file = someFile();
    const upload = await requests(alice, group, file);
    const asked: [string, Promise<Response>][] = [
      ['400 BAD_USER_INPUT/UPLOAD_MISMATCH', put(upload, someFile())],
      ['400 BAD_USER_INPUT/UPLOAD_MISMATCH', put(upload, file.subarray(1))],
      ['404 NOT_FOUND', put({ ...upload, url: upload.url.replace('sha256=', 'sha256=0') }, file)],
      ['404 NOT_FOUND', put({ ...upload, url: `${upload.url}&size=1` }, file)],
      ['404 NOT_FOUND', put({ ...upload, url: upload.url.replace('/attachments/', '/attachments/..%2F') }, file)],
      ['404 NOT_FOUND', fetch(upload.url)],
      ['404 NOT_FOUND', fetch(upload.url, { method: 'DELETE' })],
      ['404 NOT_FOUND', fetch(`${relay.url}/attachments/`)],
    ];
    for (const [expected, answer] of asked) {
      const { status, ...response } = await answer.then(async (it) => ({ status: it.status, body: await it.text() }));
      const { errors } = JSON.parse(response.body) as { errors: { extensions: { code: string; reason?: string } }[] };
      const { code, reason } = errors[0]!.extensions;
      expect(`${status} ${code}${reason ? `/${reason}` : ''}`).toBe(expected);
      expect(response.body).not.toContain(upload.url.slice(-20));
    }
    expect(await incoming()).toEqual([]);
  });

  it('are begun anew while the relay still waits for what was lost', async () => {
    const file = someFile(256 * KiB);
    const upload = await requests(alice, group, file);
    const lost = await rawUpload(upload, { 'Content-Length': file.length });
    lost.write(file.subarray(0, 100 * KiB));
    await within(5_000, async () => (await incoming()).length === 1);
    const closed = once(lost, 'close');
    expect((await put(upload, file)).status).toBe(204);
    await closed;
    await within(5_000, async () => (await incoming()).length === 0);
    expect(granted(await triesToComplete(alice, upload.attachment.id)).completeUpload.state).toBe('READY');
  });

  it('may take longer than any other request', async () => {
    const server = relay.app.getHttpServer();
    const file = someFile(256 * KiB);
    const upload = await requests(alice, group, file);
    const accepted = once(server, 'connection') as Promise<[Socket]>;
    const slow = await rawUpload(upload, { 'Content-Length': file.length, Connection: 'close' });
    const [socket] = await accepted;
    slow.write(file.subarray(0, 100 * KiB));
    await within(5_000, async () => (await incoming()).length === 1);
    // What Node does after 30 seconds with whatever has not arrived whole.
    server.emit('clientError', Object.assign(new Error('late'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' }), socket);
    slow.write(file.subarray(100 * KiB));
    expect(statusIn(await text(slow))).toBe('204');
  });

  it('never replace what is there', async () => {
    const file = someFile();
    const { id } = await uploads(alice, group, file);
    const [row] = await relay.rows<{ object_key: string }>('SELECT object_key FROM attachments WHERE id = $1', [id]);
    const key = row!.object_key;
    const place = join(relay.dataFolder, 'attachments', 'objects', key.slice(0, 2), key);
    const upload = await requests(alice, group, file);
    // Marked, to be told from a copy of the same bytes.
    await appendFile(place, 'mark');
    const [other] = await relay.rows<{ object_key: string }>('SELECT object_key FROM attachments WHERE id = $1', [
      upload.attachment.id,
    ]);
    await mkdir(join(place, '..', '..', other!.object_key.slice(0, 2)), { recursive: true });
    const otherPlace = join(place, '..', '..', other!.object_key.slice(0, 2), other!.object_key);
    await writeFile(otherPlace, 'what was there');
    expect((await put(upload, file)).status).toBe(204);
    expect(refusal(await triesToComplete(alice, upload.attachment.id))).toBe('CONFLICT/UPLOAD_INCOMPLETE');
    expect((await download((await sees(alice, id)).downloadUrl)).bytes).toHaveLength(file.length + 4);
  });

  it('leave nothing for long when their process was killed', async () => {
    const folder = join(relay.dataFolder, 'attachments', 'incoming');
    const [old, fresh] = [join(folder, 'old'), join(folder, 'fresh')];
    const long = new Date(Date.now() - 11 * 60_000);
    for (const path of [old, fresh]) await writeFile(path, 'half');
    await utimes(old, long, long);
    await relay.app.get(AttachmentUpkeep).deleteObjects(relay.app.get(Pools).append, relay.clock.now(), 10);
    expect(await incoming()).toEqual(['fresh']);
  });
});

describe('downloads from disk', () => {
  let url: string;
  const file = someFile(64 * KiB);

  beforeAll(async () => {
    url = (await sees(alice, (await uploads(alice, group, file)).id)).downloadUrl ?? '';
  });

  it.each([
    ['bytes=0-', 206, 0, 65_536],
    ['bytes=100-199', 206, 100, 200],
    ['bytes=-100', 206, 65_436, 65_536],
    ['bytes=65535-99999', 206, 65_535, 65_536],
    ['bytes=5-1', 200, 0, 65_536],
    ['bytes=0-1,4-5', 200, 0, 65_536],
    ['nonsense', 200, 0, 65_536],
  ])('give %s', async (range, status, start, end) => {
    const part = await download(url, { range });
    expect(part.status).toBe(status);
    expect(part.bytes.equals(file.subarray(start, end))).toBe(true);
    expect(part.headers.get('accept-ranges')).toBe('bytes');
  });

  it('say so when nothing is there to give', async () => {
    const { status, headers, bytes } = await download(url, { range: 'bytes=65536-' });
    expect([status, headers.get('content-range'), bytes.length]).toEqual([416, 'bytes */65536', 0]);
    expect((await download(url, { range: 'bytes=0-9', 'if-range': '"tag"' })).status).toBe(200);
  });

  it('end with their address', async () => {
    const { downloadUrl } = await sees(alice, (await uploads(alice, group, someFile())).id);
    relay.clock.advance({ seconds: 299 });
    expect((await download(downloadUrl)).status).toBe(200);
    relay.clock.advance({ seconds: 2 });
    expect((await download(downloadUrl)).status).toBe(410);
  });
});

describe('a page of another origin', () => {
  const preflight = (origin: string, method: string, url: string) =>
    fetch(url, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': method, 'access-control-request-headers': 'content-type' },
    });

  it('may upload and download when it is allowed, and not otherwise', async () => {
    const file = someFile();
    const upload = await requests(alice, group, file);
    const allowed = await preflight('https://chat.example', 'PUT', upload.url);
    expect(allowed.status).toBe(204);
    expect(allowed.headers.get('access-control-allow-origin')).toBe('https://chat.example');
    expect(allowed.headers.get('access-control-allow-methods')).toMatch(/\bPUT\b/);
    expect(allowed.headers.get('access-control-allow-headers')).toBe('content-type');
    const shut = await preflight('https://evil.example', 'PUT', upload.url);
    expect(shut.headers.has('access-control-allow-origin')).toBe(false);

    const answer = await put(upload, file, { origin: 'https://chat.example' });
    expect(answer.headers.get('access-control-allow-origin')).toBe('https://chat.example');
    granted(await triesToComplete(alice, upload.attachment.id));
    const { downloadUrl } = await sees(alice, upload.attachment.id);
    const got = await download(downloadUrl, { origin: 'https://chat.example', range: 'bytes=0-1' });
    expect(got.headers.get('access-control-allow-origin')).toBe('https://chat.example');
    expect(got.headers.get('access-control-expose-headers')).toMatch(/content-range/);
    expect(
      (await download(downloadUrl, { origin: 'https://evil.example' })).headers.get('access-control-allow-origin'),
    ).toBe(null);
  });
});

describe('the addresses of files', () => {
  const REQUEST = `mutation ($input: RequestUploadInput!) { requestUpload(input: $input) { url } }`;
  const input = () => ({ channelId: group, size: 16_384, sha256: Buffer.alloc(32).toString('base64') });

  it('begin with the host that was asked, over HTTP and over a socket', async () => {
    const elsewhere = relay.url.replace('127.0.0.1', 'localhost');
    const overHttp = granted(
      await graphql<{ requestUpload: { url: string } }>(elsewhere, REQUEST, { input: input() }, alice.token),
    );
    expect(overHttp.requestUpload.url).toMatch(new RegExp(`^${elsewhere}/attachments/[0-9a-f]{48}\\?`));
    const socket = await RawSocket.as(relay, alice.token);
    const overSocket = (await socket.asks(REQUEST, { input: input() })) as { data: { requestUpload: { url: string } } };
    expect(overSocket.data.requestUpload.url).toMatch(new RegExp(`^${relay.url}/attachments/`));
    socket.webSocket.terminate();
  });

  it('begin with LETHE_PUBLIC_URL where it is set', async () => {
    const known = await startRelay({ env: { LETHE_PUBLIC_URL: 'https://relay.example/lethe/' } });
    const [bob] = (await people(known, 'bob')) as [Person];
    const { url } = await requests(bob, await bob.makesGroupWith(), someFile());
    expect(url).toMatch(/^https:\/\/relay\.example\/lethe\/attachments\//);
    await known.stop();
  });
});

it('stopping does not wait for what is under way, and leaves nothing of it', async () => {
  const stopping = await startRelay({ beside: relay });
  const there = alice.movesTo(stopping);
  const file = someFile(256 * KiB);
  const upload = await requests(there, group, file);
  const under = await rawUpload(upload, { 'Content-Length': file.length });
  under.write(file.subarray(0, 100 * KiB));
  await within(5_000, async () => (await incoming()).some((name) => name !== 'fresh'));
  await stopping.stop();
  await within(5_000, () => under.destroyed || under.closed);
  await within(5_000, async () => (await incoming()).every((name) => name === 'fresh'));
  expect((await put({ ...upload, url: upload.url.replace(stopping.url, relay.url) }, file)).status).toBe(204);
});

import { createHash, randomBytes } from 'node:crypto';
import { type FileHandle, link, mkdir, open, readdir, rm, stat, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Settings } from '../config/settings.js';
import { LetheError } from '../errors/lethe-error.js';
import { type BlobDescription, type BlobStore, type HttpHeaderPair, isObjectKey } from './blob-store.js';
import type { SignedUrls } from './signed-urls.js';

/** An upload that still runs writes more often than that. */
const LEFT_BEHIND_AFTER_MS = 10 * 60 * 1000;

/** Files in the data folder. What is below `objects` is whole; what is on its way there lies in `incoming`. */
export class DiskBlobStore implements BlobStore {
  private readonly objects: string;
  private readonly incoming: string;
  private readonly publicUrl: string | undefined;
  private readonly port: number;

  constructor(
    { LETHE_DATA, LETHE_PUBLIC_URL, PORT }: Settings,
    readonly urls: SignedUrls,
  ) {
    this.objects = join(LETHE_DATA, 'attachments', 'objects');
    this.incoming = join(LETHE_DATA, 'attachments', 'incoming');
    this.publicUrl = LETHE_PUBLIC_URL?.replace(/\/$/, '');
    this.port = PORT;
  }

  signUpload(
    object: BlobDescription,
    until: Date,
    host: string | undefined,
  ): Promise<{ url: string; headers: HttpHeaderPair[] }> {
    const headers = [{ name: 'Content-Type', value: 'application/octet-stream' }];
    return Promise.resolve({ url: this.baseFor(host) + this.urls.upload(object, until), headers });
  }

  signDownload(key: string, until: Date, host: string | undefined): Promise<string> {
    return Promise.resolve(this.baseFor(host) + this.urls.download(key, until));
  }

  async holds({ key, size }: BlobDescription): Promise<boolean> {
    // Nothing gets there whose hash was not compared on the way in.
    const facts = await stat(this.placeOf(key)).catch(unlessMissing);
    return facts?.size === size;
  }

  async delete(keys: string[]): Promise<void> {
    for (const key of keys) await rm(this.placeOf(key), { force: true });
  }

  async *keys(): AsyncIterable<string> {
    for (const folder of (await readdir(this.objects).catch(unlessMissing)) ?? [])
      for (const name of await readdir(join(this.objects, folder))) if (isObjectKey(name)) yield name;
  }

  async removeLeftovers(now: Date): Promise<void> {
    for (const name of (await readdir(this.incoming).catch(unlessMissing)) ?? []) {
      const path = join(this.incoming, name);
      const facts = await stat(path).catch(unlessMissing);
      if (facts && facts.mtimeMs < now.getTime() - LEFT_BEHIND_AFTER_MS) await rm(path, { force: true });
    }
  }

  /** Takes the object from a stream. It appears whole, on stable storage, or not at all. */
  async put(object: BlobDescription, body: AsyncIterable<Buffer>, signal: AbortSignal): Promise<void> {
    await mkdir(this.incoming, { recursive: true, mode: 0o700 });
    const draft = join(this.incoming, `${object.key}.${randomBytes(8).toString('hex')}`);
    const file = await open(draft, 'wx', 0o600);
    try {
      await writeFile(file, verified(object, body), { signal });
      await file.sync();
      await this.show(draft, object.key);
    } finally {
      await file.close();
      await rm(draft, { force: true });
    }
  }

  /** The object for reading; whoever opens it closes it. */
  async open(key: string): Promise<{ file: FileHandle; size: number } | undefined> {
    const file = await open(this.placeOf(key)).catch(unlessMissing);
    return file && { file, size: (await file.stat()).size };
  }

  private async show(draft: string, key: string): Promise<void> {
    const folder = this.folderOf(key);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    // A link never replaces what is there; and what is there has the same length and hash.
    await link(draft, this.placeOf(key)).catch(unlessThere);
    await unlink(draft);
    await syncFolder(folder);
  }

  private folderOf(key: string): string {
    return join(this.objects, key.slice(0, 2));
  }

  private placeOf(key: string): string {
    return join(this.folderOf(key), key);
  }

  private baseFor(host: string | undefined): string {
    if (this.publicUrl !== undefined) return this.publicUrl;
    const asked = `http://${host ?? ''}`;
    return URL.canParse(asked) ? new URL(asked).origin : `http://localhost:${this.port}`;
  }
}

/** Passes on what comes, and fails where it is not what was announced. */
async function* verified({ size, sha256 }: BlobDescription, body: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  const hash = createHash('sha256');
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > size) throw mismatch();
    hash.update(chunk);
    yield chunk;
  }
  if (length !== size || !hash.digest().equals(sha256)) throw mismatch();
}

export const mismatch = () =>
  new LetheError('BAD_USER_INPUT', 'The file has another length or SHA-256 than was announced.', {
    reason: 'UPLOAD_MISMATCH',
  });

async function syncFolder(path: string): Promise<void> {
  // Windows opens no folders; its file systems keep names in their journal.
  if (process.platform === 'win32') return;
  const folder = await open(path);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

const unless = (expected: string) => (error: unknown) => {
  if ((error as NodeJS.ErrnoException).code !== expected) throw error;
  return undefined;
};
const unlessMissing = unless('ENOENT');
const unlessThere = unless('EEXIST');

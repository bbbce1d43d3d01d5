import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import S3rver from '@20minutes/s3rver';

const BUCKET = 'encrypted-files';
const OBJECT = '._S3rver_object';

/** An S3 server of one's own. It holds uploads to the length that was signed, and compares no hashes. */
export interface TestS3 {
  /** Settings of a relay that uses it. */
  readonly env: Record<string, string>;
  /** Names of the objects in the bucket. */
  objects(): Promise<string[]>;
  stop(): Promise<void>;
}

export async function startS3({ bucket = true, strict = true } = {}): Promise<TestS3> {
  const directory = await mkdtemp(join(tmpdir(), 'lethe-s3-'));
  const server = new S3rver({
    address: '127.0.0.1',
    port: 0,
    directory,
    silent: true,
    vhostBuckets: false,
    configureBuckets: bucket ? [{ name: BUCKET }] : [],
    // It cannot verify the signature of a request that is about a bucket and no object.
    allowMismatchedSignatures: !bucket || !strict,
  });
  const { port } = await server.run();
  return {
    env: {
      LETHE_S3_ENDPOINT: `http://127.0.0.1:${port}`,
      LETHE_S3_BUCKET: BUCKET,
      LETHE_S3_ACCESS_KEY_ID: 'S3RVER',
      LETHE_S3_SECRET_ACCESS_KEY: 'S3RVER',
      LETHE_S3_PATH_STYLE: 'true',
    },
    async objects() {
      const folder = join(directory, BUCKET);
      if (!existsSync(folder)) return [];
      const names = (await readdir(folder)).filter((name) => name.endsWith(OBJECT));
      return names.map((name) => name.slice(0, -OBJECT.length)).sort();
    },
    async stop() {
      await server.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

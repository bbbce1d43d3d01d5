import { createHash, randomBytes } from 'node:crypto';
import type { Readable } from 'node:stream';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  paginateListObjectsV2,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import type { OnApplicationShutdown } from '@nestjs/common';
import type { Clock } from '../config/clock.js';
import { SettingsError, type Settings } from '../config/settings.js';
import { LetheError } from '../errors/lethe-error.js';
import type { Log } from '../errors/log.js';
import { type BlobDescription, type BlobStore, type HttpHeaderPair, isObjectKey } from './blob-store.js';

const DELETED_AT_ONCE = 16;

/** What an object says of itself, when it is put and when it is got. */
const TYPE = 'application/octet-stream';
const DISPOSITION = 'attachment';
const CACHING = 'private, no-store';

const UNREACHABLE = 'the store of encrypted files cannot be reached';

/** A bucket of an S3-compatible store. */
export class S3BlobStore implements BlobStore, OnApplicationShutdown {
  private readonly client: S3Client;
  /** Signs addresses for clients, who may reach the store by another name. It sends nothing. */
  private readonly signer: S3Client;
  private readonly bucket: string;

  private constructor(
    settings: Settings,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {
    const { LETHE_S3_ENDPOINT, LETHE_S3_PUBLIC_ENDPOINT } = settings;
    this.bucket = settings.LETHE_S3_BUCKET ?? '';
    this.client = clientOf(settings, LETHE_S3_ENDPOINT);
    this.signer = clientOf(settings, LETHE_S3_PUBLIC_ENDPOINT ?? LETHE_S3_ENDPOINT);
  }

  /** A bucket that may not be used stops the start. A store that is away does not: everything else works without. */
  static async open(settings: Settings, clock: Clock, log: Log): Promise<S3BlobStore> {
    const store = new S3BlobStore(settings, clock, log);
    try {
      await store.findBucket();
    } catch (error) {
      const status = statusOf(error);
      if (status !== undefined && status < 500)
        throw new SettingsError([
          `LETHE_S3_BUCKET: the store refuses the bucket (${status}); the key must be allowed to list it`,
        ]);
      log.warn(UNREACHABLE);
    }
    return store;
  }

  async signUpload(
    { key, size, sha256 }: BlobDescription,
    until: Date,
  ): Promise<{ url: string; headers: HttpHeaderPair[] }> {
    const checksum = sha256.toString('base64');
    const command = new PutObjectCommand({
      Bucket: this.bucket,
      Key: key,
      ContentLength: size,
      ContentType: TYPE,
      ContentDisposition: DISPOSITION,
      ChecksumSHA256: checksum,
    });
    const url = await getSignedUrl(this.signer, command, {
      ...this.signedUntil(until),
      // Without being named here the type would not be part of the signature.
      signableHeaders: new Set(['content-length', 'content-type']),
      unhoistableHeaders: new Set(['x-amz-checksum-sha256']),
    });
    const headers = [
      { name: 'Content-Type', value: TYPE },
      { name: 'Content-Disposition', value: DISPOSITION },
      { name: 'x-amz-checksum-sha256', value: checksum },
    ];
    return { url, headers };
  }

  signDownload(key: string, until: Date): Promise<string> {
    const command = new GetObjectCommand({
      Bucket: this.bucket,
      Key: key,
      ResponseContentType: TYPE,
      ResponseContentDisposition: DISPOSITION,
      ResponseCacheControl: CACHING,
    });
    return getSignedUrl(this.signer, command, this.signedUntil(until));
  }

  async holds({ key, size, sha256 }: BlobDescription): Promise<boolean> {
    try {
      const which = { Bucket: this.bucket, Key: key };
      const facts = await this.client.send(new HeadObjectCommand({ ...which, ChecksumMode: 'ENABLED' }));
      if (facts.ContentLength !== size) return false;
      if (facts.ChecksumSHA256 !== undefined) return facts.ChecksumSHA256 === sha256.toString('base64');
      // A store that keeps no checksum may not have compared it either.
      const { Body } = await this.client.send(new GetObjectCommand(which));
      const hash = createHash('sha256');
      for await (const chunk of Body as Readable) hash.update(chunk as Buffer);
      return hash.digest().equals(sha256);
    } catch (error) {
      if (statusOf(error) === 404) return false;
      throw this.failed(error);
    }
  }

  async delete(keys: string[]): Promise<void> {
    for (let from = 0; from < keys.length; from += DELETED_AT_ONCE)
      await Promise.all(keys.slice(from, from + DELETED_AT_ONCE).map((key) => this.deleteOne(key)));
  }

  async *keys(): AsyncIterable<string> {
    try {
      for await (const { Contents = [] } of paginateListObjectsV2({ client: this.client }, { Bucket: this.bucket }))
        for (const { Key = '' } of Contents) if (isObjectKey(Key)) yield Key;
    } catch (error) {
      throw this.failed(error);
    }
  }

  /** Or the connections it keeps would keep the process. */
  onApplicationShutdown(): void {
    this.client.destroy();
    this.signer.destroy();
  }

  /** Here an upload is whole or not there. */
  removeLeftovers(): Promise<void> {
    return Promise.resolve();
  }

  private async deleteOne(key: string): Promise<void> {
    try {
      await this.client.send(new DeleteObjectCommand({ Bucket: this.bucket, Key: key }));
    } catch (error) {
      if (statusOf(error) !== 404) throw this.failed(error);
    }
  }

  /** Clients are told to try again, whatever it is; operators, whether waiting will help. */
  private failed(error: unknown): LetheError {
    const status = statusOf(error);
    this.log.warn(
      status !== undefined && status < 500 ? 'the store of encrypted files refuses the relay' : UNREACHABLE,
    );
    return new LetheError('UNAVAILABLE', 'The store of encrypted files cannot be reached. Try again.', {
      reason: 'STORE_DOWN',
    });
  }

  private async findBucket(): Promise<void> {
    try {
      // An object that is not there tells what matters: a bucket whose missing objects may not be told from forbidden
      // ones is of no use.
      await this.client.send(new GetObjectCommand({ Bucket: this.bucket, Key: 'is-there-a-bucket' }));
    } catch (error) {
      if (statusOf(error) !== 404) throw error;
      if ((error as Error).name === 'NoSuchBucket')
        await this.client.send(new CreateBucketCommand({ Bucket: this.bucket }));
    }
  }

  private signedUntil(until: Date) {
    const signingDate = this.clock.now();
    return { signingDate, expiresIn: Math.max(1, Math.round((until.getTime() - signingDate.getTime()) / 1000)) };
  }
}

/** What keeps a relay with these settings from using the bucket, and what to do. Makes no bucket, and leaves no object. */
export async function bucketFault(settings: Settings): Promise<string | undefined> {
  const client = clientOf(settings, settings.LETHE_S3_ENDPOINT);
  const object = { Bucket: settings.LETHE_S3_BUCKET ?? '', Key: `doctor-${randomBytes(24).toString('hex')}` };
  const tries = (attempt: Promise<unknown>): Promise<unknown> => attempt.then(() => undefined, asIs);
  try {
    const missing = await tries(client.send(new HeadObjectCommand(object)));
    if (missing !== undefined && statusOf(missing) !== 404) return refusalOf(missing, 'list the bucket');
    const put = await tries(client.send(new PutObjectCommand({ ...object, Body: 'probe' })));
    if (put instanceof S3ServiceException && put.name === 'NoSuchBucket')
      return `there is no bucket ${object.Bucket}; make it, or let the relay make it when it starts`;
    if (put !== undefined) return refusalOf(put, 'put objects');
    const got = await tries(client.send(new HeadObjectCommand(object)));
    const deleted = await tries(client.send(new DeleteObjectCommand(object)));
    if (got !== undefined) return refusalOf(got, 'get objects');
    return deleted === undefined ? undefined : `${refusalOf(deleted, 'delete objects')}; ${object.Key} is left there`;
  } finally {
    client.destroy();
  }
}

const asIs = (error: unknown): unknown => error;

function refusalOf(error: unknown, what: string): string {
  const status = statusOf(error);
  if (status === undefined || status >= 500) {
    const { code, name } = error as NodeJS.ErrnoException;
    return `it cannot be reached; start it, or correct LETHE_S3_ENDPOINT (${status ?? code ?? name})`;
  }
  return `it refuses (${status}); correct LETHE_S3_ACCESS_KEY_ID, LETHE_S3_SECRET_ACCESS_KEY and LETHE_S3_REGION, or allow the key to ${what}`;
}

function clientOf(settings: Settings, endpoint: string | undefined): S3Client {
  const { LETHE_S3_ACCESS_KEY_ID: accessKeyId, LETHE_S3_SECRET_ACCESS_KEY: secretAccessKey } = settings;
  return new S3Client({
    region: settings.LETHE_S3_REGION,
    forcePathStyle: settings.LETHE_S3_PATH_STYLE,
    ...(endpoint !== undefined && { endpoint }),
    ...(accessKeyId !== undefined &&
      secretAccessKey !== undefined && { credentials: { accessKeyId, secretAccessKey } }),
    // Checksums of its own would become part of every signature, and are not known to every store.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    maxAttempts: 2,
    requestHandler: { connectionTimeout: 2_000, socketTimeout: 5_000 },
  });
}

const statusOf = (error: unknown): number | undefined =>
  error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;

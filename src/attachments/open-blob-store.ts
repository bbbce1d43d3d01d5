import type { Clock } from '../config/clock.js';
import type { Secrets } from '../config/secrets.js';
import type { Settings } from '../config/settings.js';
import type { Log } from '../errors/log.js';
import type { BlobStore } from './blob-store.js';
import { DiskBlobStore } from './disk-blob-store.js';
import { SignedUrls } from './signed-urls.js';

/** The store that the settings name. */
export async function openBlobStore(settings: Settings, secrets: Secrets, clock: Clock, log: Log): Promise<BlobStore> {
  if (settings.LETHE_S3_BUCKET === undefined) return new DiskBlobStore(settings, new SignedUrls(secrets));
  // Its SDK takes a while to load: only those who use it wait.
  const { S3BlobStore } = await import('./s3-blob-store.js');
  return S3BlobStore.open(settings, clock, log);
}

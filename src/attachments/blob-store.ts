export const BLOB_STORE = Symbol('BlobStore');

/** What is to be stored: exactly so many bytes, with exactly this SHA-256. */
export interface BlobDescription {
  key: string;
  size: number;
  sha256: Buffer;
}

/** As the relay makes them. In a bucket that it shares, others are none of its business. */
export const isObjectKey = (name: string): boolean => /^[0-9a-f]{48}$/.test(name);

export interface HttpHeaderPair {
  name: string;
  value: string;
}

/** Where encrypted files lie. Clients put and get them there themselves, by addresses that the relay signs. */
export interface BlobStore {
  /** An address that takes this object by PUT and no other, and the headers to send along. `host`: whom the client asked. */
  signUpload(
    object: BlobDescription,
    until: Date,
    host: string | undefined,
  ): Promise<{ url: string; headers: HttpHeaderPair[] }>;
  /** An address that gives the object by GET. */
  signDownload(key: string, until: Date, host: string | undefined): Promise<string>;
  /** Whether the object is there, whole and the one that was announced. */
  holds(object: BlobDescription): Promise<boolean>;
  /** Deletes those of the objects that are there. */
  delete(keys: string[]): Promise<void>;
  /** Keys of all objects, in any order. */
  keys(): AsyncIterable<string>;
  /** Deletes what uploads have left behind whose process was killed. */
  removeLeftovers(now: Date): Promise<void>;
}

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { granted, type GraphqlAnswer } from './graphql-client.js';
import type { Person } from './person.js';
import { sha256 } from './sealed-file.js';

export interface Attachment {
  id: string;
  channelId: string;
  size: number;
  state: string;
  createdAt: string;
  expiresAt: string | null;
  downloadUrl: string | null;
  downloadUrlExpiresAt: string | null;
}

export interface Upload {
  attachment: Attachment;
  method: string;
  url: string;
  headers: { name: string; value: string }[];
  expiresAt: string;
}

export const ATTACHMENT = 'id channelId size state createdAt expiresAt downloadUrl downloadUrlExpiresAt';

export const triesToRequest = (
  who: Person,
  channelId: string,
  size: number,
  hash: Buffer,
): Promise<GraphqlAnswer<{ requestUpload: Upload }>> =>
  who.tries(
    `mutation ($input: RequestUploadInput!) { requestUpload(input: $input) {
       method url expiresAt headers { name value } attachment { ${ATTACHMENT} }
     } }`,
    { input: { channelId, size, sha256: hash.toString('base64') } },
  );

export const requests = async (who: Person, channelId: string, file: Buffer): Promise<Upload> =>
  granted(await triesToRequest(who, channelId, file.length, sha256(file))).requestUpload;

/** Sends the bytes as the relay said, straight to the store. */
export const put = (
  { method, url, headers }: Pick<Upload, 'method' | 'url' | 'headers'>,
  file: Buffer,
  more: Record<string, string> = {},
) =>
  fetch(url, {
    method,
    body: new Uint8Array(file),
    headers: { ...Object.fromEntries(headers.map(({ name, value }) => [name, value])), ...more },
  });

export const triesToComplete = (who: Person, id: string): Promise<GraphqlAnswer<{ completeUpload: Attachment }>> =>
  who.tries(`mutation ($id: ID!) { completeUpload(id: $id) { ${ATTACHMENT} } }`, { id });

/** The whole way, up to READY. */
export async function uploads(who: Person, channelId: string, file: Buffer): Promise<Attachment> {
  const upload = await requests(who, channelId, file);
  const { ok, status } = await put(upload, file);
  if (!ok) throw new Error(`The store answered ${status}.`);
  return granted(await triesToComplete(who, upload.attachment.id)).completeUpload;
}

export const triesToSee = (who: Person, id: string): Promise<GraphqlAnswer<{ attachment: Attachment }>> =>
  who.tries(`query ($id: ID!) { attachment(id: $id) { ${ATTACHMENT} } }`, { id });

export const sees = async (who: Person, id: string): Promise<Attachment> =>
  granted(await triesToSee(who, id)).attachment;

export const triesToDelete = (who: Person, id: string): Promise<GraphqlAnswer<{ deleteAttachment: boolean }>> =>
  who.tries('mutation ($id: ID!) { deleteAttachment(id: $id) }', { id });

/** What an address gives. */
export async function download(url: string | null, headers: Record<string, string> = {}) {
  if (url === null) throw new Error('There is no address.');
  const response = await fetch(url, { headers });
  return { status: response.status, headers: response.headers, bytes: Buffer.from(await response.arrayBuffer()) };
}

/** Ids of what is attached to a message. */
export async function attachedTo(who: Person, messageId: string): Promise<string[]> {
  const query = 'query ($id: ID!) { message(id: $id) { attachments { id } } }';
  const { message } = await who.asks<{ message: { attachments: { id: string }[] } }>(query, { id: messageId });
  return message.attachments.map(({ id }) => id);
}

/** What a relay keeps in its data folder: whole files, or uploads on their way. */
export async function filesOnDisk(dataFolder: string, which: 'objects' | 'incoming'): Promise<string[]> {
  const folder = join(dataFolder, 'attachments', which);
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile())
    .map(({ name }) => name)
    .sort();
}

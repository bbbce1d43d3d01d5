import { randomBytes, randomUUID } from 'node:crypto';
import type { Upload } from '../files.js';
import { granted } from '../graphql-client.js';
import { sha256 } from '../sealed-file.js';
import type { Scene } from './scene.js';
import type { Somebody, Step } from './step.js';

/** An encrypted file with a marker at each end. */
function fileOf(scene: Scene, name: string): Buffer {
  const ends = [scene.bytes(`beginning of ${name}`, 32), scene.bytes(`end of ${name}`, 32)] as const;
  const file = Buffer.concat([ends[0], randomBytes(16_384 - 64), ends[1]]);
  scene.canaries.add(`hash of ${name}`, sha256(file));
  return file;
}

async function requests(scene: Scene, { tokens }: Somebody, channelId: string, file: Buffer): Promise<Upload> {
  const input = { channelId, size: file.length, sha256: sha256(file).toString('base64') };
  const query = `mutation ($input: RequestUploadInput!) {
    requestUpload(input: $input) { url headers { name value } attachment { id } }
  }`;
  const { requestUpload } = granted(await scene.asks<{ requestUpload: Upload }>(query, { input }, tokens.accessToken));
  scene.plantAddress(requestUpload.url);
  return requestUpload;
}

/** Encrypted files, kept on disk. */
export const filing: Step[] = [
  {
    name: 'one uploads a file and posts it, the other downloads it, and it is deleted',
    async play(scene, { alice, bob, channelId, ids }) {
      const { accessToken } = alice.tokens;
      const file = fileOf(scene, 'a file');
      const { url, headers, attachment } = await requests(scene, alice, channelId, file);
      ids.push(attachment.id);
      const given = Object.fromEntries(headers.map(({ name, value }) => [name, value]));
      const put = await scene.fetches(url, { method: 'PUT', headers: given, body: new Uint8Array(file) });
      const complete = 'mutation ($id: ID!) { completeUpload(id: $id) { state } }';
      granted(await scene.asks(complete, { id: attachment.id }, accessToken));
      const input = {
        channelId,
        clientMessageId: randomUUID(),
        epoch: 1,
        sealedBody: scene.sealed('a message with a file'),
        attachmentIds: [attachment.id],
      };
      const post = 'mutation ($input: PostMessageInput!) { postMessage(input: $input) { id } }';
      granted(await scene.asks(post, { input }, accessToken));
      const look = 'query ($id: ID!) { attachment(id: $id) { downloadUrl } }';
      const seen = await scene.asks<{ attachment: { downloadUrl: string } }>(
        look,
        { id: attachment.id },
        bob.tokens.accessToken,
      );
      const { downloadUrl } = granted(seen).attachment;
      scene.plantAddress(downloadUrl);
      const got = await scene.fetches(downloadUrl);
      await got.arrayBuffer();
      const deleted = await scene.asks(
        'mutation ($id: ID!) { deleteAttachment(id: $id) }',
        { id: attachment.id },
        accessToken,
      );
      return [put.ok, got.status, deleted.errors ?? 'OK', (await scene.fetches(downloadUrl)).status];
    },
    answers: [true, 200, 'OK', 404],
  },
  {
    name: 'another file than was announced, and addresses that are none',
    async play(scene, { alice, channelId }) {
      const { url, headers } = await requests(scene, alice, channelId, fileOf(scene, 'a file that was announced'));
      const given = Object.fromEntries(headers.map(({ name, value }) => [name, value]));
      const body = new Uint8Array(fileOf(scene, 'a file that was not'));
      const other = await scene.fetches(url, { method: 'PUT', headers: given, body });
      const forged = new URL(url);
      const signature = scene.bytes('a forged signature', 32).toString('base64url');
      forged.searchParams.set('signature', signature);
      const nowhere = `/attachments/${scene.canaries.word('no file')}?signature=${signature}`;
      return [
        other.status,
        (await scene.fetches(forged.href, { method: 'PUT', headers: given, body })).status,
        (await scene.fetches(nowhere)).status,
      ];
    },
    answers: [400, 404, 404],
  },
];

import { createHash, randomUUID } from 'node:crypto';
import { granted, refusal } from '../graphql-client.js';
import type { Scene } from './scene.js';
import type { Cast, Step } from './step.js';

function secretOf(scene: Scene, name: string) {
  const secret = scene.bytes(`secret of ${name}`, 32);
  const tag = createHash('sha256').update(secret).digest();
  scene.canaries.add(`tag of ${name}`, tag);
  return { authorSecret: secret.toString('base64'), authorTag: tag.toString('base64') };
}

const entry = (scene: Scene, name: string) => ({
  clientMessageId: randomUUID(),
  epoch: 1,
  sealedBody: scene.sealed(name),
});

/** Posts, as the first of the two, and gives the id. */
async function posts(scene: Scene, { alice, channelId, ids }: Cast, name: string, authorTag: string): Promise<string> {
  const query = 'mutation ($input: PostMessageInput!) { postMessage(input: $input) { id } }';
  const input = { channelId, authorTag, ...entry(scene, name) };
  const { accessToken } = alice.tokens;
  const { postMessage } = granted(await scene.asks<{ postMessage: { id: string } }>(query, { input }, accessToken));
  ids.push(postMessage.id);
  return postMessage.id;
}

const EDIT = 'mutation ($input: EditMessageInput!) { editMessage(input: $input) { id } }';
const RETRACT = 'mutation ($input: RetractInput!) { retract(input: $input) { id } }';

/** What becomes of messages. */
export const amending: Step[] = [
  {
    name: 'one edits a message, the other reacts and says how far they have read, and both take back what they said',
    async play(scene, cast) {
      const { alice, bob, channelId } = cast;
      const [author, reacting] = [secretOf(scene, 'a message'), secretOf(scene, 'a reaction')];
      const { authorSecret } = author;
      const socket = await scene.connects(alice.tokens.accessToken);
      socket.subscribe(randomUUID(), 'subscription { receipts { channelId } }');
      const messageId = await posts(scene, cast, 'a message to amend', author.authorTag);
      const edit = { messageId, authorSecret, ...entry(scene, 'a new version') };
      granted(await scene.asks(EDIT, { input: edit }, alice.tokens.accessToken));
      const reaction = { channelId, refersTo: messageId, authorTag: reacting.authorTag, ...entry(scene, 'a reaction') };
      const react = 'mutation ($input: ReactInput!) { react(input: $input) { id seq } }';
      const reacted = await scene.asks<{ react: { id: string; seq: number } }>(
        react,
        { input: reaction },
        bob.tokens.accessToken,
      );
      const { id, seq } = granted(reacted).react;
      const read = 'mutation ($input: AdvanceReceiptInput!) { advanceReceipt(input: $input) { accountId } }';
      granted(await scene.asks(read, { input: { channelId, readSeq: seq } }, bob.tokens.accessToken));
      await socket.next('next');
      socket.webSocket.terminate();
      const hide = 'mutation ($id: ID!) { hideMessage(id: $id) }';
      granted(await scene.asks(hide, { id: messageId }, bob.tokens.accessToken));
      const taken = { input: { messageId: id, authorSecret: reacting.authorSecret } };
      granted(await scene.asks(RETRACT, taken, bob.tokens.accessToken));
      const all = { input: { messageId, authorSecret } };
      return (await scene.asks(RETRACT, all, alice.tokens.accessToken)).errors ?? 'OK';
    },
    answers: 'OK',
  },
  {
    name: 'a wrong secret of an author',
    async play(scene, cast) {
      const messageId = await posts(scene, cast, 'a message that stays', secretOf(scene, 'that message').authorTag);
      const { authorSecret } = secretOf(scene, 'nothing');
      const edit = { messageId, authorSecret, ...entry(scene, 'a version that is refused') };
      const { accessToken } = cast.bob.tokens;
      return [
        refusal(await scene.asks(EDIT, { input: edit }, accessToken)),
        refusal(await scene.asks(RETRACT, { input: { messageId, authorSecret } }, accessToken)),
      ];
    },
    answers: ['FORBIDDEN/WRONG_AUTHOR_SECRET', 'FORBIDDEN/WRONG_AUTHOR_SECRET'],
  },
];

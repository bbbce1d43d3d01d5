import { randomBytes, randomUUID } from 'node:crypto';
import { granted, refusal } from '../graphql-client.js';
import type { Scene } from './scene.js';
import type { Cast, Somebody, Step } from './step.js';

const DELIVER = 'mutation ($input: DeliverInput!) { deliver(input: $input) { accepted duplicate } }';

interface Device {
  id: string;
  registrationId: number;
}

/** To all devices of the other, as they are at the moment. */
async function delivers(scene: Scene, { alice, ids }: Cast, to: Somebody, sealedBody: string, ephemeral: boolean) {
  const { accessToken } = alice.tokens;
  const recipientId = to.tokens.account.id;
  const look = 'query ($id: ID!) { user(id: $id) { devices { id registrationId } } }';
  const found = await scene.asks<{ user: { devices: Device[] } }>(look, { id: recipientId }, accessToken);
  const envelopes = granted(found).user.devices.map(({ id: deviceId, registrationId }) => ({
    deviceId,
    registrationId,
    sealedBody,
  }));
  ids.push(...envelopes.map(({ deviceId }) => deviceId));
  return scene.asks(
    DELIVER,
    { input: { recipientId, clientMessageId: randomUUID(), ephemeral, envelopes } },
    accessToken,
  );
}

/** Mailboxes, and what is told to whoever listens at the moment. */
export const whispering: Step[] = [
  {
    name: 'one delivers to the other, who takes it from the mailbox',
    async play(scene, cast) {
      const { accessToken } = cast.bob.tokens;
      granted(await delivers(scene, cast, cast.bob, scene.sealed('an envelope'), false));
      const box = await scene.asks<{ mailbox: { cursor: string } }>(
        '{ mailbox { cursor envelopes { sealedBody } } }',
        {},
        accessToken,
      );
      const { cursor } = granted(box).mailbox;
      scene.canaries.add('cursor of a mailbox', cursor);
      const acknowledge = 'mutation ($upTo: Cursor!) { acknowledgeMailbox(upTo: $upTo) }';
      granted(await scene.asks(acknowledge, { upTo: cursor }, accessToken));
      const upTo = scene.canaries.word('no cursor');
      return refusal(await scene.asks(acknowledge, { upTo }, accessToken));
    },
    answers: 'BAD_USER_INPUT/BAD_CURSOR',
  },
  {
    name: 'one whispers to the other, who listens',
    async play(scene, cast) {
      const socket = await scene.connects(cast.bob.tokens.accessToken);
      socket.subscribe(randomUUID(), 'subscription { mailbox { envelopes { sealedBody } caughtUp } }');
      await socket.next('next');
      const answer = await delivers(scene, cast, cast.bob, scene.sealed('a whisper', 'lethe:mailbox-whisper'), true);
      await socket.next('next');
      socket.webSocket.terminate();
      return answer.errors ?? 'OK';
    },
    answers: 'OK',
  },
  {
    name: 'an envelope for a device that is none of theirs',
    async play(scene, { alice, bob }) {
      const envelopes = [{ deviceId: randomUUID(), registrationId: 7, sealedBody: scene.sealed('a lost envelope') }];
      const input = { recipientId: bob.tokens.account.id, clientMessageId: randomUUID(), envelopes };
      return refusal(await scene.asks(DELIVER, { input }, alice.tokens.accessToken));
    },
    answers: 'CONFLICT/DEVICE_MISMATCH',
  },
  {
    name: 'one shows presence and types, and the other listens',
    async play(scene, { alice, bob, channelId }) {
      const socket = await scene.connects(bob.tokens.accessToken);
      const follow = 'subscription ($id: ID!) { typing(channelId: $id) { token } }';
      socket.subscribe(randomUUID(), follow, { id: channelId });
      const presence = 'mutation { setPresence(status: AWAY) { status } }';
      granted(await scene.asks(presence, {}, alice.tokens.accessToken));
      const typing = 'mutation ($input: SendTypingInput!) { sendTyping(input: $input) }';
      const token = randomBytes(16);
      scene.canaries.add('token of who types', token, 'lethe:typing');
      const input = { channelId, token: token.toString('base64') };
      const answer = await scene.asks(typing, { input }, alice.tokens.accessToken);
      await socket.next('next');
      socket.webSocket.terminate();
      return answer.errors ?? 'OK';
    },
    answers: 'OK',
  },
];

import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { Authenticator } from '../authenticator.js';
import { granted, refusal } from '../graphql-client.js';
import { KeyRing } from '../key-ring.js';
import { TOKENS, type Tokens } from '../people.js';
import { TestClock } from '../relay.js';
import { amending } from './amending.js';
import { filing } from './filing.js';
import { meeting } from './meeting.js';
import type { Scene } from './scene.js';
import type { Cast, Somebody, Step } from './step.js';
import { whispering } from './whispering.js';

const REGISTER = `mutation ($input: RegisterInput!) { register(input: $input) { ${TOKENS} } }`;
const LOGIN = `mutation ($input: LoginInput!) { login(input: $input) { ${TOKENS} } }`;
const POST = 'mutation ($input: PostMessageInput!) { postMessage(input: $input) { id seq } }';

function registration(scene: Scene, name: string) {
  return {
    username: scene.canaries.word(`username of ${name}`),
    password: scene.canaries.word(`password of ${name}`),
    email: `${scene.canaries.word(`email of ${name}`)}@example.org`,
    device: { ...KeyRing.ed25519().newDevice(), sealedName: scene.sealed(`device name of ${name}`) },
  };
}

async function registers(scene: Scene, name: string): Promise<Somebody> {
  const input = registration(scene, name);
  const { register: tokens } = granted(await scene.asks<{ register: Tokens }>(REGISTER, { input }));
  return { tokens, username: input.username, password: input.password };
}

const message = (scene: Scene, channelId: string, name: string) => ({
  channelId,
  clientMessageId: randomUUID(),
  epoch: 1,
  sealedBody: scene.sealed(name),
  authorTag: scene.bytes(`author tag of ${name}`, 32).toString('base64'),
});

const posts = (scene: Scene, { alice, channelId }: Cast, name: string) =>
  scene.asks(POST, { input: message(scene, channelId, name) }, alice.tokens.accessToken);

const talking: Step[] = [
  {
    name: 'two people register',
    async play(scene, cast) {
      cast.alice = await registers(scene, 'alice');
      cast.bob = await registers(scene, 'bob');
      cast.ids = [cast.alice, cast.bob].map(({ tokens }) => tokens.account.id);
      return 'OK';
    },
    answers: 'OK',
  },
  {
    name: 'they make a group',
    async play(scene, cast) {
      const { accessToken } = cast.alice.tokens;
      const input = { memberIds: [cast.bob.tokens.account.id], sealedMeta: scene.sealed('meta of the group') };
      const query = 'mutation ($input: CreateGroupInput!) { createGroup(input: $input) { id } }';
      const { createGroup } = granted(await scene.asks<{ createGroup: { id: string } }>(query, { input }, accessToken));
      cast.channelId = createGroup.id;
      cast.ids.push(createGroup.id);
      return 'OK';
    },
    answers: 'OK',
  },
  {
    name: 'one follows over a socket what the other posts, and posts over the socket too',
    async play(scene, cast) {
      const socket = await scene.connects(cast.bob.tokens.accessToken);
      const name = scene.canaries.word('name of an operation');
      socket.subscribe(
        randomUUID(),
        `subscription ${name} { feed { entries { ... on Message { sealedBody } } caughtUp } }`,
      );
      await socket.next('next');
      granted(await posts(scene, cast, 'a message over HTTP'));
      await socket.next('next');
      const answer = await socket.asks(POST, { input: message(scene, cast.channelId, 'a message over the socket') });
      socket.webSocket.terminate();
      return answer.errors ?? 'OK';
    },
    answers: 'OK',
  },
  {
    name: 'one claims the keys of the other and looks them up',
    async play(scene, { alice, bob }) {
      const query = 'mutation ($id: ID!) { claimKeyBundles(userId: $id) { identityKey signedPreKey { publicKey } } }';
      granted(await scene.asks(query, { id: bob.tokens.account.id }, alice.tokens.accessToken));
      const look = 'query ($name: String!) { user(username: $name) { id } }';
      return (await scene.asks(look, { name: bob.username }, alice.tokens.accessToken)).errors ?? 'OK';
    },
    answers: 'OK',
  },
  {
    name: 'one turns on codes, logs in with a recovery code, refreshes and logs out',
    async play(scene, { bob }) {
      const { accessToken } = bob.tokens;
      const begun = await scene.asks<{ beginTotp: { secret: string } }>(
        'mutation ($password: String!) { beginTotp(password: $password) { secret otpauthUri } }',
        { password: bob.password },
        accessToken,
      );
      const code = new Authenticator(granted(begun).beginTotp.secret, new TestClock()).shows();
      const confirmed = granted(
        await scene.asks<{ confirmTotp: string[] }>(
          'mutation ($code: String!) { confirmTotp(totpCode: $code) }',
          { code },
          accessToken,
        ),
      ).confirmTotp;
      for (const recoveryCode of confirmed) scene.canaries.add(`recovery code ${recoveryCode.slice(-4)}`, recoveryCode);
      const { username, password } = bob;
      const login = { input: { username, password, recoveryCode: confirmed[0] } };
      const { login: tokens } = granted(await scene.asks<{ login: Tokens }>(LOGIN, login));
      const refresh = `mutation ($token: String!) { refreshSession(refreshToken: $token) { ${TOKENS} } }`;
      const { refreshSession } = granted(
        await scene.asks<{ refreshSession: Tokens }>(refresh, { token: tokens.refreshToken }),
      );
      return (await scene.asks('mutation { logout }', {}, refreshSession.accessToken)).errors ?? 'OK';
    },
    answers: 'OK',
  },
];

const refused: Step[] = [
  {
    name: 'a wrong password',
    async play(scene, { alice }) {
      const input = { username: alice.username, password: scene.canaries.word('a wrong password') };
      return refusal(await scene.asks(LOGIN, { input }));
    },
    answers: 'UNAUTHENTICATED/BAD_CREDENTIALS',
  },
  {
    name: 'a wrong access token',
    play: async (scene) => refusal(await scene.asks('{ me { id } }', {}, scene.canaries.word('a wrong access token'))),
    answers: 'UNAUTHENTICATED/TOKEN_INVALID',
  },
  {
    name: 'a wrong refresh token',
    async play(scene) {
      const token = scene.bytes('a wrong refresh token', 32).toString('base64url');
      return refusal(
        await scene.asks('mutation ($token: String!) { refreshSession(refreshToken: $token) { accessToken } }', {
          token,
        }),
      );
    },
    answers: 'UNAUTHENTICATED/TOKEN_INVALID',
  },
  {
    name: 'plain text where ciphertext belongs',
    async play(scene, { alice, channelId }) {
      const sealedBody = Buffer.from(scene.canaries.word('plain text').padEnd(256)).toString('base64');
      const input = { channelId, clientMessageId: randomUUID(), epoch: 1, sealedBody };
      return refusal(await scene.asks(POST, { input }, alice.tokens.accessToken));
    },
    answers: 'BAD_USER_INPUT/NOT_SEALED',
  },
  {
    name: 'words where an id belongs, in a variable and in the document',
    async play(scene, { alice }) {
      const { accessToken } = alice.tokens;
      const id = scene.canaries.word('no id');
      const inVariable = await scene.asks('query ($id: ID!) { channel(id: $id) { id } }', { id }, accessToken);
      const inDocument = await scene.asks(
        `{ channel(id: "${scene.canaries.word('no id in the document')}") { id } }`,
        {},
        accessToken,
      );
      return [refusal(inVariable), refusal(inDocument)];
    },
    answers: ['BAD_USER_INPUT/BAD_ID', 'BAD_USER_INPUT/BAD_ID'],
  },
  {
    name: 'a field that is none, an operation that cannot be parsed, a body that is no JSON, a path that is none',
    async play(scene, { alice }) {
      const field = scene.canaries.word('no field');
      const invalid = await scene.asks(`{ ${field} }`, {}, alice.tokens.accessToken);
      const malformed = await scene.asks(`{ "${scene.canaries.word('no document')}`, {}, alice.tokens.accessToken);
      const noJson = await scene.sends(`{"${scene.canaries.word('no JSON')}`);
      const noPath = await scene.sends('{}', undefined, `/${scene.canaries.word('no path')}`);
      return [refusal(invalid), refusal(malformed), noJson.status, noPath.status];
    },
    answers: ['BAD_USER_INPUT/QUERY_INVALID', 'BAD_USER_INPUT/QUERY_MALFORMED', 400, 404],
  },
  {
    name: 'a username that is taken',
    async play(scene, { alice }) {
      const input = { ...registration(scene, 'somebody late'), username: alice.username };
      return refusal(await scene.asks(REGISTER, { input }));
    },
    answers: 'CONFLICT/NAME_TAKEN',
  },
  {
    name: 'a frame that is no message of the protocol',
    async play(scene, { alice }) {
      const socket = await scene.connects(alice.tokens.accessToken);
      socket.webSocket.send(scene.canaries.word('no frame'));
      return (await socket.closed).code;
    },
    answers: 4400,
  },
];

const broken: Step[] = [
  {
    name: 'PostgreSQL refuses a row by a rule that nobody foresaw',
    async play(scene) {
      await scene.inDatabase(`ALTER TABLE accounts ADD CONSTRAINT nobody_foresaw CHECK (username LIKE 'x%') NOT VALID`);
      const answer = await scene.asks(REGISTER, { input: registration(scene, 'somebody refused') });
      await scene.inDatabase('ALTER TABLE accounts DROP CONSTRAINT nobody_foresaw');
      return refusal(answer);
    },
    answers: 'INTERNAL_SERVER_ERROR',
  },
  {
    name: 'a table is away',
    async play(scene, cast) {
      await scene.inDatabase('ALTER TABLE channel_entries RENAME TO elsewhere');
      const answer = await posts(scene, cast, 'a message without a table');
      await scene.inDatabase('ALTER TABLE elsewhere RENAME TO channel_entries');
      return refusal(answer);
    },
    answers: 'INTERNAL_SERVER_ERROR',
  },
  {
    name: 'PostgreSQL is busy for too long',
    async play(scene, cast) {
      const locked = scene.inDatabase('BEGIN; LOCK TABLE channel_heads; SELECT pg_sleep(3); COMMIT');
      await pause(200);
      const answer = await posts(scene, cast, 'a message that waits in vain');
      await locked;
      return refusal(answer);
    },
    answers: 'UNAVAILABLE/OVERLOADED',
  },
  {
    name: 'PostgreSQL ends every connection',
    async play(scene, cast) {
      await scene.inDatabase(
        'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()',
      );
      await posts(scene, cast, 'a message into a broken connection');
      return 'OK';
    },
    answers: 'OK',
  },
];

const leaving: Step[] = [
  {
    name: 'one changes the password, and deletes the account',
    async play(scene, { alice }) {
      const newPassword = scene.canaries.word('a new password');
      const input = { currentPassword: alice.password, newPassword };
      const change = `mutation ($input: ChangePasswordInput!) { changePassword(input: $input) { ${TOKENS} } }`;
      const changed = await scene.asks<{ changePassword: Tokens }>(change, { input }, alice.tokens.accessToken);
      const { accessToken } = granted(changed).changePassword;
      const remove = 'mutation ($input: DeleteAccountInput!) { deleteAccount(input: $input) }';
      return (await scene.asks(remove, { input: { password: newPassword } }, accessToken)).errors ?? 'OK';
    },
    answers: 'OK',
  },
];

/** Played in this order. A new feature adds its own: what it sends goes through `scene`, which plants what it sends. */
export const steps: Step[] = [
  ...talking,
  ...meeting,
  ...amending,
  ...filing,
  ...whispering,
  ...refused,
  ...broken,
  ...leaving,
];

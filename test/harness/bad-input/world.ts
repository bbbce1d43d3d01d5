import { randomUUID } from 'node:crypto';
import { Authenticator } from '../authenticator.js';
import { postsOwn } from '../author.js';
import { DeviceOwner } from '../device-owner.js';
import { put, requests, uploads } from '../files.js';
import { granted } from '../graphql-client.js';
import { KeyRing } from '../key-ring.js';
import { Correspondent, toEach } from '../mail.js';
import { login, PASSWORD, type Tokens } from '../people.js';
import type { TestRelay } from '../relay.js';
import { someFile } from '../sealed-file.js';
import { ServerMember } from '../server-member.js';

/** Somebody to send bad input as, and what is theirs, and what is not. */
export interface World {
  alice: DeviceOwner;
  aliceKeys: KeyRing;
  spareDeviceId: string;
  spareSessionId: string;
  spareTokens: Tokens;
  /** Alice’s, which she has not confirmed. */
  authenticator: Authenticator;
  bob: DeviceOwner;
  bobsSessionId: string;
  carol: DeviceOwner;
  /** Alice’s, with Bob, and a message in it. */
  group: string;
  cursor: string;
  entryId: string;
  clientMessageId: string;
  /** Of that message. */
  authorSecret: string;
  /** Alice’s, in which one envelope lies; she delivered one to Bob with the same `clientMessageId`. */
  mailboxCursor: string;
  bobsMailboxCursor: string;
  bobsRegistrationId: number;
  direct: string;
  /** Alice’s alone. */
  lonelyGroup: string;
  /** Bob’s and Carol’s. */
  foreignGroup: string;
  foreignCursor: string;
  foreignEntryId: string;
  /** Alice’s, with Bob. */
  server: string;
  serverChannel: string;
  inviteId: string;
  /** Alice’s alone. */
  lonelyServer: string;
  /** Carol’s, with Alice, and a channel that Alice is not in. */
  joinedServer: string;
  joinableChannel: string;
  /** Bob’s, and the way in. */
  foreignServer: string;
  foreignInviteId: string;
  inviteCode: string;
  /** Alice’s in the group: one that is uploaded, one that is READY, and one to delete. */
  uploadedId: string;
  readyId: string;
  spareAttachmentId: string;
  /** Attached in the direct channel by Bob. */
  bobsAttachmentId: string;
  /** Bob’s, in a channel that Alice is not in. */
  foreignAttachmentId: string;
}

const newcomer = (relay: TestRelay, name: string, keys = KeyRing.ed25519()) =>
  DeviceOwner.registers(relay, name, keys.newDevice());

export async function makeWorld(relay: TestRelay): Promise<World> {
  const aliceKeys = KeyRing.ed25519();
  const alice = await newcomer(relay, 'alice', aliceKeys);
  const [bob, carol] = await Promise.all([newcomer(relay, 'bob'), newcomer(relay, 'carol')]);
  const spare = await alice.addsDevice(KeyRing.ed25519().newDevice());
  const spareTokens = await login(relay, 'alice');
  const clientMessageId = randomUUID();
  const mailboxCursor = await delivered(bob, alice, clientMessageId);
  const bobsMailboxCursor = await delivered(alice, bob, clientMessageId);
  const group = await alice.makesGroupWith(bob);
  const { id: entryId, authorSecret } = await postsOwn(alice, group, 'hello', { clientMessageId });
  const foreignGroup = await bob.makesGroupWith(carol);
  const { id: foreignEntryId } = await bob.posts(foreignGroup, 'hello');
  const direct = await alice.opensDirectWith(bob);
  return {
    alice,
    aliceKeys,
    spareDeviceId: spare.deviceId,
    spareSessionId: await otherSessionOf(alice),
    spareTokens,
    authenticator: await begunBy(alice, relay),
    bob,
    bobsSessionId: await otherSessionOf(await bob.logsInAgain()),
    carol,
    group,
    cursor: (await alice.reads(group)).cursor,
    entryId,
    clientMessageId,
    authorSecret,
    direct,
    mailboxCursor,
    bobsMailboxCursor,
    bobsRegistrationId: (await bob.ownDevices())[0]!.registrationId,
    lonelyGroup: await alice.makesGroupWith(),
    foreignGroup,
    foreignCursor: (await bob.reads(foreignGroup)).cursor,
    foreignEntryId,
    ...(await attachments(alice, bob, { group, direct, foreignGroup })),
    ...(await makeServers(relay, alice.tokens, bob.tokens, carol.tokens)),
  };
}

async function makeServers(relay: TestRelay, ...tokens: [Tokens, Tokens, Tokens]) {
  const [alice, bob, carol] = tokens.map((one) => new ServerMember(relay, one)) as [
    ServerMember,
    ServerMember,
    ServerMember,
  ];
  const [server, joinedServer, foreignServer] = [
    await alice.makesServer(),
    await carol.makesServer(),
    await bob.makesServer(),
  ];
  await alice.takesIn(server, bob);
  await carol.takesIn(joinedServer, alice);
  const { createInvite: invite } = granted(await alice.triesToInvite(server));
  const { createInvite: foreignInvite } = granted(await bob.triesToInvite(foreignServer));
  return {
    server,
    serverChannel: await alice.makesChannel(server),
    inviteId: invite.id,
    lonelyServer: await alice.makesServer(),
    joinedServer,
    joinableChannel: await carol.makesChannel(joinedServer),
    foreignServer,
    foreignInviteId: foreignInvite.id,
    inviteCode: foreignInvite.code ?? '',
  };
}

async function attachments(
  alice: DeviceOwner,
  bob: DeviceOwner,
  { group, direct, foreignGroup }: Pick<World, 'group' | 'direct' | 'foreignGroup'>,
) {
  const file = someFile();
  const uploaded = await requests(alice, group, file);
  await put(uploaded, file);
  const bobs = await uploads(bob, direct, file);
  await bob.posts(direct, 'a file', { attachmentIds: [bobs.id] });
  return {
    uploadedId: uploaded.attachment.id,
    readyId: (await uploads(alice, group, file)).id,
    spareAttachmentId: (await uploads(alice, group, file)).id,
    bobsAttachmentId: bobs.id,
    foreignAttachmentId: (await uploads(bob, foreignGroup, file)).id,
  };
}

/** Gives the cursor of the other's mailbox after it. */
async function delivered(from: DeviceOwner, to: DeviceOwner, clientMessageId: string): Promise<string> {
  const [sender, reader] = [from, to].map(({ at, tokens }) => new Correspondent(at, tokens)) as [
    Correspondent,
    Correspondent,
  ];
  const envelopes = toEach(await sender.devicesOf(to.id), 'hello');
  granted(await sender.triesToDeliver(to.id, envelopes, { clientMessageId }));
  return (await reader.mailbox()).cursor;
}

async function begunBy(person: DeviceOwner, { clock }: TestRelay): Promise<Authenticator> {
  const { beginTotp } = await person.asks<{ beginTotp: { secret: string } }>(
    'mutation ($password: String!) { beginTotp(password: $password) { secret } }',
    { password: PASSWORD },
  );
  return new Authenticator(beginTotp.secret, clock);
}

async function otherSessionOf(person: DeviceOwner): Promise<string> {
  const { sessions } = await person.asks<{ sessions: { id: string; current: boolean }[] }>(
    '{ sessions { id current } }',
  );
  return sessions.find(({ current }) => !current)!.id;
}

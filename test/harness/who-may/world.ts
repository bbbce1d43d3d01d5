import { createHash, randomBytes } from 'node:crypto';
import { DataSource } from 'typeorm';
import { ChannelKind, ChannelRole } from '../../../src/channels/channel-kind.js';
import { found } from '../../../src/channels/founding.queries.js';
import { newId } from '../../../src/graphql/new-id.js';
import { ReceiptHints } from '../../../src/messages/receipt-hints.js';
import { ServerAdmission } from '../../../src/servers/server-admission.js';
import { ServerRole } from '../../../src/servers/server-role.js';
import { crowd } from '../crowd.js';
import { ed25519DeviceKeys } from '../device-keys.js';
import { DeviceOwner } from '../device-owner.js';
import { granted } from '../graphql-client.js';
import type { Tokens } from '../people.js';
import { sealed } from '../person.js';
import type { TestClock, TestRelay } from '../relay.js';
import { ServerMember } from '../server-member.js';
import { ranks, type Subject, subjects } from './answers.js';
import { Files } from './files.js';

const cast = [
  'owner',
  'admin',
  // A second one, for what admins may do to each other.
  'deputy',
  'moderator',
  'member',
  // A second one, for what is done to members.
  'bystander',
  'former',
  'other',
  'operator',
  // Nowhere yet, for whoever is to be added.
  'newcomer',
] as const;

/** Who is in groups and servers, or was. */
const inhabitants = ['owner', 'admin', 'deputy', 'moderator', 'member', 'bystander', 'former'] as const;

type Cast = Record<(typeof cast)[number], DeviceOwner>;

/**
 * People, and what they have among them: made when it is first asked for. It belongs to the owner unless its comment
 * says otherwise, and everybody has the rank they are called by.
 */
export class World {
  readonly owner: DeviceOwner;
  readonly files = new Files(this);
  private readonly made = new Map<string, Promise<unknown>>();
  /** Ids, and whom nothing may be told of them. */
  readonly hidden: { id: string; from: Subject[] }[] = [];

  private constructor(
    private readonly relay: TestRelay,
    readonly people: Cast,
  ) {
    this.owner = people.owner;
  }

  get clock(): TestClock {
    return this.relay.clock;
  }

  /** Several at once cost little more than one. */
  static async make(relay: TestRelay, model: Tokens, count: number): Promise<World[]> {
    const names = Array.from({ length: count }, () => cast.map((name) => `${name}-${randomBytes(6).toString('hex')}`));
    const tokens = await crowd(relay, model, names.flat());
    const worlds = names.map((_, index) => {
      const own = tokens.slice(index * cast.length, (index + 1) * cast.length);
      const people = own.map((tokens, place) => [cast[place], new DeviceOwner(relay, tokens)]);
      return new World(relay, Object.fromEntries(people) as Cast);
    });
    const operators = worlds.map(({ people }) => people.operator.id);
    await relay.rows(`UPDATE accounts SET role = 'ADMIN' WHERE id = ANY ($1)`, [operators]);
    return worlds;
  }

  /** Makes it the first time, whoever asks. */
  once<T>(what: string, make: () => Promise<T>): Promise<T> {
    const known = this.made.get(what) as Promise<T> | undefined;
    const made = known ?? make();
    this.made.set(what, made);
    return made;
  }

  /** The same for what has an id that only they may be told of. */
  hiddenOnce(what: string, knownTo: readonly Subject[], make: () => Promise<string>): Promise<string> {
    return this.once(what, async () => this.hide(await make(), knownTo));
  }

  private hide(id: string, knownTo: readonly Subject[]): string {
    this.hidden.push({ id, from: subjects.filter((subject) => !knownTo.includes(subject)) });
    return id;
  }

  /** A group with everybody who has a rank, and without `former`, who was removed from it. */
  get group(): Promise<string> {
    return this.hiddenOnce('group', ranks, async () => {
      const ranked = { owner: 'OWNER', admin: 'ADMIN', deputy: 'ADMIN' } as const;
      const id = await this.foundChannel(ChannelKind.GROUP, (name) => ranked[name as keyof typeof ranked] ?? 'MEMBER');
      await this.owner.removes(this.people.former, id);
      return id;
    });
  }

  /** As many requests would leave it, but by what they come down to: most of the time here goes into making worlds. */
  private async foundChannel(
    kind: ChannelKind,
    roleOf: (name: string) => keyof typeof ChannelRole,
    more: { serverId?: string; isPrivate?: boolean } = {},
  ): Promise<string> {
    const { app, clock } = this.relay;
    const members = inhabitants.map((name) => ({ accountId: this.people[name].id, role: ChannelRole[roleOf(name)] }));
    const sealedMeta = Buffer.from(sealed('channel'), 'base64');
    const at = clock.now();
    const channel = {
      id: newId(at),
      kind,
      onlyOneKey: null,
      sealedMeta,
      defaultTtlSeconds: null,
      members,
      at,
      ...more,
    };
    await app.get(DataSource).transaction((manager) => found(manager, channel));
    return channel.id;
  }

  /** The owner's with the member. */
  get direct(): Promise<string> {
    return this.hiddenOnce('direct', ['owner', 'member'], () => this.owner.opensDirectWith(this.people.member));
  }

  /** The owner's alone. */
  get notes(): Promise<string> {
    return this.hiddenOnce('notes', ['owner'], async () => {
      const { openNotes } = await this.owner.asks<{ openNotes: { id: string } }>('mutation { openNotes { id } }');
      return openNotes.id;
    });
  }

  /** What proves that the messages here are their author's. */
  readonly authorSecret = randomBytes(32);

  /** In the group, by the owner. */
  get message(): Promise<string> {
    return this.hiddenOnce('message', ranks, async () => this.postedIn(await this.group));
  }

  /** As when the receipt of the person has moved. */
  tellsOfReceipt({ id: accountId }: DeviceOwner, channelId: string): void {
    this.relay.app.get(ReceiptHints).publish(channelId, { accountId, delivered: true });
  }

  /** Where the owner stands in the group. */
  get cursor(): Promise<string> {
    return this.once('cursor', async () => (await this.owner.reads(await this.group)).cursor);
  }

  private get serverAndChannel() {
    const { owner, former } = this.people;
    return this.once('server', async () => {
      const host = new ServerMember(owner.at, owner.tokens);
      const server = this.hide(await host.makesServer(), ranks);
      await this.inhabit(server);
      const more = { serverId: server, isPrivate: false };
      const channel = this.hide(await this.foundChannel(ChannelKind.SERVER, () => 'MEMBER', more), ranks);
      granted(await host.triesToRemoveFrom(server, former));
      return { host, server, channel };
    });
  }

  /** Lets everybody in by their rank. */
  private async inhabit(serverId: string): Promise<void> {
    const { app } = this.relay;
    const ranked = { admin: ServerRole.ADMIN, deputy: ServerRole.ADMIN, moderator: ServerRole.MODERATOR };
    await app.get(DataSource).transaction(async (manager) => {
      for (const name of inhabitants.filter((name) => name !== 'owner')) {
        const role = ranked[name as keyof typeof ranked] ?? ServerRole.MEMBER;
        await app.get(ServerAdmission).admit(manager, serverId, this.people[name].id, role);
      }
    });
  }

  /** A server with everybody who has a rank, and without `former`. */
  get server(): Promise<string> {
    return this.serverAndChannel.then(({ server }) => server);
  }

  /** A channel of the server, which everybody has joined who has a rank, and `former` before being removed. */
  get serverChannel(): Promise<string> {
    return this.serverAndChannel.then(({ channel }) => channel);
  }

  /** A channel of the server that nobody but the owner has joined. */
  get lobby(): Promise<string> {
    return this.hiddenOnce('lobby', ranks, async () => {
      const { host, server } = await this.serverAndChannel;
      return host.makesChannel(server);
    });
  }

  /** A private channel of the server, to which the owner has added the member. */
  get privateChannel(): Promise<string> {
    return this.hiddenOnce('private channel', ['owner', 'admin', 'member'], async () => {
      const { host, server } = await this.serverAndChannel;
      const channel = await host.makesChannel(server, { isPrivate: true });
      await host.adds(this.people.member, channel);
      return channel;
    });
  }

  /** An invite to the server. */
  get invite(): Promise<{ id: string; code: string | null }> {
    return this.once('invite', async () => {
      const { host, server } = await this.serverAndChannel;
      const { createInvite } = granted(await host.triesToInvite(server));
      this.hide(createInvite.id, ['owner', 'admin']);
      return createInvite;
    });
  }

  /** In the server's channel, by the owner. */
  get serverMessage(): Promise<string> {
    return this.hiddenOnce('message in server', ranks, async () => this.postedIn(await this.serverChannel));
  }

  /** In the private channel, by the owner. */
  get privateMessage(): Promise<string> {
    return this.hiddenOnce('private message', ['owner', 'member'], async () =>
      this.postedIn(await this.privateChannel),
    );
  }

  /** By the owner. */
  async postedIn(channelId: string, ...attachmentIds: string[]): Promise<string> {
    const { epoch } = await this.owner.looksAt(channelId);
    const authorTag = createHash('sha256').update(this.authorSecret).digest('base64');
    const { id } = await this.owner.posts(channelId, 'hello', { epoch, authorTag, attachmentIds });
    return id;
  }

  /** The session the person asks from. */
  sessionOf({ token }: DeviceOwner): string {
    const claims = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString();
    return (JSON.parse(claims) as { sid: string }).sid;
  }

  /** A token of the owner's, whose device was deactivated. */
  get revokedToken(): Promise<string> {
    return this.once('revoked token', async () => {
      const { token, deviceId } = await this.secondDevice;
      await this.owner.deactivates(deviceId);
      return token;
    });
  }

  /** The owner's, with a session of its own. */
  get secondDevice(): Promise<DeviceOwner> {
    return this.once('second device', async () => {
      const { registerDevice } = granted(await this.owner.triesToAddDevice(ed25519DeviceKeys()));
      return new DeviceOwner(this.owner.at, registerDevice);
    });
  }
}

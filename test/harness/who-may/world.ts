import { createHash, randomBytes } from 'node:crypto';
import { crowd } from '../crowd.js';
import { ed25519DeviceKeys } from '../device-keys.js';
import { DeviceOwner } from '../device-owner.js';
import { granted } from '../graphql-client.js';
import type { Tokens } from '../people.js';
import type { TestClock, TestRelay } from '../relay.js';

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

type Cast = Record<(typeof cast)[number], DeviceOwner>;

/**
 * People, and what they have among them: made when it is first asked for. It belongs to the owner unless its comment
 * says otherwise, and everybody has the rank they are called by.
 */
export class World {
  readonly owner: DeviceOwner;
  private readonly made = new Map<string, Promise<unknown>>();
  /** Ids of which nobody outside may learn. */
  readonly hidden: string[] = [];

  private constructor(
    readonly people: Cast,
    readonly clock: TestClock,
  ) {
    this.owner = people.owner;
  }

  /** Several at once cost little more than one. */
  static async make(relay: TestRelay, model: Tokens, count: number): Promise<World[]> {
    const names = Array.from({ length: count }, () => cast.map((name) => `${name}-${randomBytes(6).toString('hex')}`));
    const tokens = await crowd(relay, model, names.flat());
    const worlds = names.map((_, index) => {
      const own = tokens.slice(index * cast.length, (index + 1) * cast.length);
      const people = own.map((tokens, place) => [cast[place], new DeviceOwner(relay, tokens)]);
      return new World(Object.fromEntries(people) as Cast, relay.clock);
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

  /** The same for what has an id that must not get around. */
  private hiddenOnce(what: string, make: () => Promise<string>): Promise<string> {
    return this.once(what, async () => {
      const id = await make();
      this.hidden.push(id);
      return id;
    });
  }

  /** A group with everybody who has a rank, and without `former`. Its epoch is 2. */
  get group(): Promise<string> {
    const { owner, admin, deputy, moderator, member, bystander, former } = this.people;
    return this.hiddenOnce('group', async () => {
      const channelId = await owner.makesGroupWith(admin, deputy, moderator, member, bystander, former);
      for (const { id } of [admin, deputy])
        await owner.asks('mutation ($input: SetChannelRoleInput!) { setChannelRole(input: $input) { role } }', {
          input: { channelId, accountId: id, role: 'ADMIN' },
        });
      await owner.removes(former, channelId);
      return channelId;
    });
  }

  /** The owner's with the member. Its epoch is 1. */
  get direct(): Promise<string> {
    return this.hiddenOnce('direct', () => this.owner.opensDirectWith(this.people.member));
  }

  /** The owner's alone. */
  get notes(): Promise<string> {
    return this.hiddenOnce('notes', async () => {
      const { openNotes } = await this.owner.asks<{ openNotes: { id: string } }>('mutation { openNotes { id } }');
      return openNotes.id;
    });
  }

  /** What proves that `message` is its author's. */
  readonly authorSecret = randomBytes(32);

  /** In the group, by the owner. */
  get message(): Promise<string> {
    const authorTag = createHash('sha256').update(this.authorSecret).digest('base64');
    return this.hiddenOnce('message', async () => {
      const { id } = await this.owner.posts(await this.group, 'hello', { epoch: 2, authorTag });
      return id;
    });
  }

  /** Where the owner stands in the group. */
  get cursor(): Promise<string> {
    return this.once('cursor', async () => (await this.owner.reads(await this.group)).cursor);
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

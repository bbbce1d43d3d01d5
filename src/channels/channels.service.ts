import { Inject, Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { z } from 'zod';
import type { Viewer } from '../auth/viewer.js';
import { Clock } from '../config/clock.js';
import { SECRETS, type Secrets } from '../config/secrets.js';
import { badInput, notFound } from '../errors/lethe-error.js';
import { uuid } from '../graphql/input-rules.js';
import { forwardPage, readKeyset, writeKeyset } from '../graphql/keyset.js';
import { newId } from '../graphql/new-id.js';
import { Limits } from '../limits/limits.service.js';
import { Topics } from '../realtime/topics.js';
import { ChannelAccess } from './channel.access.js';
import type { CreateGroupInput, UpdateChannelInput } from './channel.inputs.js';
import { ChannelKind, ChannelRole } from './channel-kind.js';
import { type ChannelState, channelsBefore, updateChannel } from './channels.queries.js';
import { deleteChannels, membershipsOf } from './deletion.queries.js';
import { tellLeft } from './former-memberships.js';
import { countAccounts, found, idOfOnly } from './founding.queries.js';
import { lockChannel, MAX_MEMBERS, tooManyMembers } from './membership.queries.js';

const sortKey = z.tuple([uuid]);

/** Opens channels, finds them again, changes and deletes them. */
@Injectable()
export class Channels {
  constructor(
    private readonly dataSource: DataSource,
    private readonly access: ChannelAccess,
    private readonly topics: Topics,
    private readonly clock: Clock,
    private readonly limits: Limits,
    @Inject(SECRETS) private readonly secrets: Secrets,
  ) {}

  get(viewer: Viewer, id: string): Promise<ChannelState> {
    return this.access.require(viewer, 'see', id);
  }

  async list(viewer: Viewer, first: number, after: string | null | undefined) {
    const [before] = readKeyset('channels', after, sortKey) ?? [];
    const rows = await channelsBefore(this.dataSource.manager, viewer.accountId, before, first + 1);
    return forwardPage(rows, first, before !== undefined, ({ id }) => writeKeyset('channels', [id]));
  }

  async openDirect(viewer: Viewer, userId: string): Promise<ChannelState> {
    if (userId === viewer.accountId) throw badInput('userId', 'For yourself there is openNotes.');
    if ((await countAccounts(this.dataSource.manager, [userId])) === 0) throw notFound();
    const pair = [viewer.accountId, userId].sort();
    return this.openOnly(viewer, ChannelKind.DIRECT, pair);
  }

  openNotes(viewer: Viewer): Promise<ChannelState> {
    return this.openOnly(viewer, ChannelKind.NOTES, [viewer.accountId]);
  }

  async createGroup(viewer: Viewer, { memberIds, sealedMeta, defaultTtlSeconds }: CreateGroupInput) {
    const others = [...new Set(memberIds)].filter((id) => id !== viewer.accountId);
    if (others.length + 1 > MAX_MEMBERS) throw tooManyMembers();
    await this.limits.take('channels', viewer.accountId);
    const channelId = await this.dataSource.transaction(async (manager) => {
      if ((await countAccounts(manager, others)) !== others.length) throw notFound();
      return found(manager, {
        id: this.newId(),
        kind: ChannelKind.GROUP,
        onlyOneKey: null,
        sealedMeta,
        defaultTtlSeconds: defaultTtlSeconds ?? null,
        members: [
          { accountId: viewer.accountId, role: ChannelRole.OWNER },
          ...others.map((accountId) => ({ accountId, role: ChannelRole.MEMBER })),
        ],
        at: this.clock.now(),
      });
    });
    if (channelId === undefined) throw new Error('A group has no key that could be taken.');
    this.topics.publish('channel-joined', { channelId, accountIds: [viewer.accountId, ...others] });
    return this.get(viewer, channelId);
  }

  update(viewer: Viewer, { channelId, sealedMeta, defaultTtlSeconds }: UpdateChannelInput): Promise<ChannelState> {
    return this.dataSource.transaction(async (manager) => {
      await lockChannel(manager, channelId);
      const channel = await this.access.require(viewer, 'update', channelId, manager);
      if (sealedMeta === null && (channel.kind === ChannelKind.SERVER || channel.kind === ChannelKind.GROUP))
        throw badInput('input.sealedMeta', 'A group or a channel of a server keeps one.');
      const updated = {
        sealedMeta: sealedMeta === undefined ? channel.sealedMeta : sealedMeta,
        defaultTtlSeconds: defaultTtlSeconds === undefined ? channel.defaultTtlSeconds : defaultTtlSeconds,
      };
      await updateChannel(manager, channelId, updated);
      return { ...channel, ...updated };
    });
  }

  async delete(viewer: Viewer, channelId: string): Promise<boolean> {
    const memberships = await this.dataSource.transaction(async (manager) => {
      await lockChannel(manager, channelId);
      await this.access.require(viewer, 'delete', channelId, manager);
      const memberships = await membershipsOf(manager, [channelId]);
      await deleteChannels(manager, [channelId], this.clock.now());
      return memberships;
    });
    this.topics.publish('channels-deleted', { channelIds: [channelId] });
    tellLeft(this.topics, memberships);
    return true;
  }

  /** One channel per key, whoever asks and however many at once: the unique key lets one of them win. */
  private async openOnly(viewer: Viewer, kind: ChannelKind, accountIds: string[]): Promise<ChannelState> {
    const onlyOneKey = this.secrets.keyedHash('only channel', kind, ...accountIds);
    const known = await idOfOnly(this.dataSource.manager, onlyOneKey);
    if (known !== undefined) return this.get(viewer, known);
    await this.limits.take('channels', viewer.accountId);
    const made = await this.dataSource.transaction((manager: EntityManager) =>
      found(manager, {
        id: this.newId(),
        kind,
        onlyOneKey,
        sealedMeta: null,
        defaultTtlSeconds: null,
        members: accountIds.map((accountId) => ({ accountId, role: ChannelRole.MEMBER })),
        at: this.clock.now(),
      }),
    );
    if (made !== undefined) this.topics.publish('channel-joined', { channelId: made, accountIds });
    const channelId = made ?? (await idOfOnly(this.dataSource.manager, onlyOneKey));
    if (channelId === undefined) throw notFound();
    return this.get(viewer, channelId);
  }

  private newId(): string {
    return newId(this.clock.now());
  }
}

import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { z } from 'zod';
import type { Viewer } from '../auth/viewer.js';
import { Clock } from '../config/clock.js';
import { badInput, LetheError, notFound } from '../errors/lethe-error.js';
import { uuid } from '../graphql/input-rules.js';
import { readKeyset, writeKeyset } from '../graphql/keyset.js';
import { PagesOfMany } from '../graphql/pages-of-many.js';
import { Limits } from '../limits/limits.service.js';
import { MembershipChangeKind } from '../realtime/log-entry.js';
import { Topics } from '../realtime/topics.js';
import { type ChannelRight, outranks } from '../servers/rights.js';
import { rightMissing } from '../servers/server.access.js';
import { serverMemberOf } from '../servers/server-members.queries.js';
import { keepAccount } from '../servers/servers.queries.js';
import { ChannelAccess } from './channel.access.js';
import type { ChannelMemberInput, SetChannelRoleInput } from './channel.inputs.js';
import { ChannelKind, ChannelRole } from './channel-kind.js';
import type { ChannelState } from './channels.queries.js';
import { deleteChannels } from './deletion.queries.js';
import { tellLeft } from './former-memberships.js';
import {
  admit,
  dismiss,
  lockChannel,
  memberOf,
  type MemberPlace,
  type MemberRow,
  membersAfter,
  setRole,
  successorOf,
} from './membership.queries.js';

const sortKey = z.tuple([z.int32(), uuid]);

/** Who takes part in a channel: every change is an entry of its log, made under the lock of its head. */
@Injectable()
export class Members {
  private readonly pages = new PagesOfMany({
    fetch: (channelIds, after: MemberPlace | undefined, limit) =>
      membersAfter(this.dataSource.manager, channelIds, after, limit),
    listOf: (member: MemberRow) => member.channelId,
    cursorOf: ({ joinedSeq, accountId }) => writeKeyset('members', [joinedSeq, accountId]),
  });

  constructor(
    private readonly dataSource: DataSource,
    private readonly access: ChannelAccess,
    private readonly topics: Topics,
    private readonly clock: Clock,
    private readonly limits: Limits,
  ) {}

  list(channelId: string, first: number, after: string | null | undefined) {
    const key = readKeyset('members', after, sortKey);
    return this.pages.load(channelId, first, key && { joinedSeq: key[0], accountId: key[1] });
  }

  /** What is asked for again is answered again: who is in the channel already gets it as it is. */
  async join(viewer: Viewer, channelId: string): Promise<ChannelState> {
    await this.limits.take('joins', viewer.accountId);
    const seq = await this.letIn(viewer, 'join', channelId, viewer.accountId, (manager, channel) =>
      channel.joinedSeq === null
        ? admit(manager, channel, viewer.accountId, this.clock.now())
        : Promise.resolve(undefined),
    );
    if (seq !== undefined) this.tellJoined(channelId, viewer.accountId, seq);
    return this.access.require(viewer, 'see', channelId);
  }

  async add(viewer: Viewer, { channelId, accountId }: ChannelMemberInput): Promise<ChannelState> {
    await this.limits.take('additions', viewer.accountId);
    const seq = await this.letIn(viewer, 'manageMembers', channelId, accountId, async (manager, channel) => {
      if (channel.serverId !== null && !(await serverMemberOf(manager, channel.serverId, accountId))) throw notFound();
      if (await memberOf(manager, channelId, accountId))
        throw new LetheError('CONFLICT', 'The account is a member already.', { reason: 'ALREADY_A_MEMBER' });
      return admit(manager, channel, accountId, this.clock.now());
    });
    this.tellJoined(channelId, accountId, seq);
    return this.access.require(viewer, 'see', channelId);
  }

  async remove(viewer: Viewer, { channelId, accountId }: ChannelMemberInput): Promise<ChannelState> {
    if (accountId === viewer.accountId) throw badInput('input.accountId', 'To go oneself there is leaveChannel.');
    const seq = await this.inChannel(viewer, 'manageMembers', channelId, async (manager, channel) => {
      const member = await memberOf(manager, channelId, accountId);
      if (!member) throw notFound();
      if (!outranks(channel.myRole, member.standing)) throw rightMissing('channel');
      return dismiss(manager, channelId, accountId, MembershipChangeKind.REMOVED, this.clock.now());
    });
    this.topics.publish('log-grew', { heads: [[channelId, seq]] });
    tellLeft(this.topics, [[channelId, accountId]]);
    return this.access.require(viewer, 'see', channelId);
  }

  async leave(viewer: Viewer, channelId: string): Promise<boolean> {
    const seq = await this.inChannel(viewer, 'leave', channelId, async (manager, { kind, myRole }) => {
      const at = this.clock.now();
      if (kind === ChannelKind.GROUP) {
        const successor = await successorOf(manager, channelId, viewer.accountId);
        // Nobody would ever see a group again that the last one has left.
        if (successor === undefined) return void (await deleteChannels(manager, [channelId], at));
        if (myRole === 'OWNER') await setRole(manager, channelId, successor, ChannelRole.OWNER);
      }
      return dismiss(manager, channelId, viewer.accountId, MembershipChangeKind.LEFT, at);
    });
    if (seq === undefined) this.topics.publish('channels-deleted', { channelIds: [channelId] });
    else this.topics.publish('log-grew', { heads: [[channelId, seq]] });
    tellLeft(this.topics, [[channelId, viewer.accountId]]);
    return true;
  }

  setRole(viewer: Viewer, { channelId, accountId, role }: SetChannelRoleInput): Promise<MemberRow> {
    return this.inChannel(viewer, 'setRoles', channelId, async (manager) => {
      const member = await memberOf(manager, channelId, accountId);
      if (!member) throw notFound();
      if (accountId === viewer.accountId && role !== ChannelRole.OWNER)
        throw badInput('input.role', 'A group keeps an owner: make somebody else the OWNER first.');
      if (role === ChannelRole.OWNER) await setRole(manager, channelId, viewer.accountId, ChannelRole.ADMIN);
      await setRole(manager, channelId, accountId, role);
      return { ...member, role };
    });
  }

  private tellJoined(channelId: string, accountId: string, seq: number): void {
    this.topics.publish('log-grew', { heads: [[channelId, seq]] });
    this.topics.publish('channel-joined', { channelId, accountIds: [accountId] });
  }

  /** Rights are asked for under the locks: an admin who is removed meanwhile cannot finish what they began. */
  private inChannel<T>(
    viewer: Viewer,
    right: ChannelRight,
    channelId: string,
    work: (manager: EntityManager, channel: ChannelState) => Promise<T>,
  ): Promise<T> {
    return this.dataSource.transaction(async (manager) => {
      await lockChannel(manager, channelId);
      return work(manager, await this.access.require(viewer, right, channelId, manager));
    });
  }

  /** The same with an account that is to come in: it is kept from being deleted before anything else is locked. */
  private letIn<T>(
    viewer: Viewer,
    right: ChannelRight,
    channelId: string,
    accountId: string,
    work: (manager: EntityManager, channel: ChannelState) => Promise<T>,
  ): Promise<T> {
    return this.dataSource.transaction(async (manager) => {
      const exists = await keepAccount(manager, accountId);
      await lockChannel(manager, channelId);
      const channel = await this.access.require(viewer, right, channelId, manager);
      if (!exists) throw notFound();
      return work(manager, channel);
    });
  }
}

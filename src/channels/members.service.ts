import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { z } from 'zod';
import type { Viewer } from '../auth/viewer.js';
import { Clock } from '../config/clock.js';
import { badInput, LetheError, notFound } from '../errors/lethe-error.js';
import { uuid } from '../graphql/input-rules.js';
import { forwardPage, readKeyset, writeKeyset } from '../graphql/keyset.js';
import { MembershipChangeKind } from '../realtime/log-entry.js';
import { Topics } from '../realtime/topics.js';
import { ChannelAccess, type ChannelRight } from './channel.access.js';
import type { ChannelMemberInput, SetChannelRoleInput } from './channel.inputs.js';
import { ChannelRole } from './channel-kind.js';
import type { ChannelState } from './channels.queries.js';
import { countAccounts } from './founding.queries.js';
import {
  admit,
  dismiss,
  lockHead,
  memberOf,
  type MemberRow,
  membersAfter,
  setRole,
  successorOf,
} from './membership.queries.js';

const sortKey = z.tuple([z.int32(), uuid]);

/** Who takes part in a channel: every change is an entry of its log, made under the lock of its head. */
@Injectable()
export class Members {
  constructor(
    private readonly dataSource: DataSource,
    private readonly access: ChannelAccess,
    private readonly topics: Topics,
    private readonly clock: Clock,
  ) {}

  async list(channelId: string, first: number, after: string | null | undefined) {
    const key = readKeyset('members', after, sortKey);
    const place = key && { joinedSeq: key[0], accountId: key[1] };
    const rows = await membersAfter(this.dataSource.manager, channelId, place, first + 1);
    return forwardPage(rows, first, place !== undefined, (row) =>
      writeKeyset('members', [row.joinedSeq, row.accountId]),
    );
  }

  async add(viewer: Viewer, { channelId, accountId }: ChannelMemberInput): Promise<ChannelState> {
    const seq = await this.inChannel(viewer, 'manageMembers', channelId, async (manager) => {
      if ((await countAccounts(manager, [accountId])) === 0) throw notFound();
      if (await memberOf(manager, channelId, accountId))
        throw new LetheError('CONFLICT', 'The account is a member already.', { reason: 'ALREADY_A_MEMBER' });
      return admit(manager, channelId, accountId, this.clock.now());
    });
    this.topics.publish('log-grew', { heads: [[channelId, seq]] });
    this.topics.publish('channel-joined', { channelId, accountIds: [accountId] });
    return this.access.require(viewer, 'read', channelId);
  }

  async remove(viewer: Viewer, { channelId, accountId }: ChannelMemberInput): Promise<ChannelState> {
    if (accountId === viewer.accountId) throw badInput('input.accountId', 'To go oneself there is leaveChannel.');
    const seq = await this.inChannel(viewer, 'manageMembers', channelId, async (manager, channel) => {
      const member = await memberOf(manager, channelId, accountId);
      if (!member) throw notFound();
      if (channel.myRole !== ChannelRole.OWNER && member.role !== ChannelRole.MEMBER)
        throw new LetheError('FORBIDDEN', 'Only the owner removes admins.', { reason: 'RIGHT_MISSING' });
      return dismiss(manager, channelId, accountId, MembershipChangeKind.REMOVED, this.clock.now());
    });
    this.topics.publish('log-grew', { heads: [[channelId, seq]] });
    return this.access.require(viewer, 'read', channelId);
  }

  async leave(viewer: Viewer, channelId: string): Promise<boolean> {
    const seq = await this.inChannel(viewer, 'leave', channelId, async (manager, { myRole }) => {
      if (myRole === ChannelRole.OWNER) {
        const successor = await successorOf(manager, channelId, viewer.accountId);
        if (successor !== undefined) await setRole(manager, channelId, successor, ChannelRole.OWNER);
      }
      return dismiss(manager, channelId, viewer.accountId, MembershipChangeKind.LEFT, this.clock.now());
    });
    this.topics.publish('log-grew', { heads: [[channelId, seq]] });
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

  /** Rights are asked for under the lock: an admin who is removed meanwhile cannot finish what they began. */
  private inChannel<T>(
    viewer: Viewer,
    right: ChannelRight,
    channelId: string,
    work: (manager: EntityManager, channel: ChannelState) => Promise<T>,
  ): Promise<T> {
    return this.dataSource.transaction(async (manager) => {
      await lockHead(manager, channelId);
      return work(manager, await this.access.require(viewer, right, channelId, manager));
    });
  }
}

import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { Viewer } from '../auth/viewer.js';
import { LetheError, notFound } from '../errors/lethe-error.js';
import { ChannelKind, ChannelRole } from './channel-kind.js';
import { type ChannelState, channelStates } from './channels.queries.js';

/** What members of a channel may do, by role. In direct and notes channels everybody is a MEMBER. */
const rights = {
  read: [ChannelRole.OWNER, ChannelRole.ADMIN, ChannelRole.MEMBER],
  leave: [ChannelRole.OWNER, ChannelRole.ADMIN, ChannelRole.MEMBER],
  manageMembers: [ChannelRole.OWNER, ChannelRole.ADMIN],
  setRoles: [ChannelRole.OWNER],
} satisfies Record<string, ChannelRole[]>;

export type ChannelRight = keyof typeof rights;

/** The door to channels: says whether the viewer may, and hands over the channel as it stands. */
@Injectable()
export class ChannelAccess {
  constructor(private readonly dataSource: DataSource) {}

  /** Throws NOT_FOUND for strangers and former members, FORBIDDEN for members without the right. */
  async require(
    viewer: Viewer,
    right: ChannelRight,
    channelId: string,
    manager: EntityManager = this.dataSource.manager,
  ): Promise<ChannelState> {
    const [channel] = await channelStates(manager, viewer.accountId, [channelId]);
    if (!channel) throw notFound();
    if (right !== 'read' && channel.kind !== ChannelKind.GROUP)
      throw new LetheError('FORBIDDEN', 'Nobody joins, leaves or is ranked in this kind of channel.', {
        reason: 'DIRECT_CHANNEL',
      });
    if (!(rights[right] as ChannelRole[]).includes(channel.myRole))
      throw new LetheError('FORBIDDEN', 'Your role in this channel does not allow it.', { reason: 'RIGHT_MISSING' });
    return channel;
  }
}

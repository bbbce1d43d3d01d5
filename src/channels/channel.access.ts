import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { Viewer } from '../auth/viewer.js';
import { LetheError, notFound } from '../errors/lethe-error.js';
import { type ChannelRight, channelRights, type Role } from '../servers/rights.js';
import { rightMissing } from '../servers/server.access.js';
import { ChannelKind } from './channel-kind.js';
import { type ChannelState, channelStates, type JoinedChannelState } from './channels.queries.js';

/** What is handed over: where the right needs membership, where that began is known. */
type StateFor<Right extends ChannelRight> = (typeof channelRights)[Right]['needs'] extends 'membership'
  ? JoinedChannelState
  : ChannelState;

/** The door to channels: says whether the viewer may, and hands over the channel as it stands. */
@Injectable()
export class ChannelAccess {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * Throws NOT_FOUND for who does not see the channel, former members among them, and FORBIDDEN for who sees it and has
   * not the right: by their role (`servers/rights.ts`), or because they are in its server and have not joined it.
   */
  async require<Right extends ChannelRight>(
    viewer: Viewer,
    right: Right,
    channelId: string,
    manager: EntityManager = this.dataSource.manager,
  ): Promise<StateFor<Right>> {
    const [channel] = await channelStates(manager, viewer.accountId, [channelId]);
    if (!channel) throw notFound();
    const roles: readonly Role[] = channelRights[right][channel.kind];
    if (!roles.includes(channel.myRole)) throw refusal(right, channel.kind);
    if (channelRights[right].needs === 'membership') requireJoined(channel);
    return channel as StateFor<Right>;
  }
}

/** For what is asked of a channel that was handed over already. */
export function requireJoined(channel: ChannelState): asserts channel is JoinedChannelState {
  if (channel.joinedSeq === null)
    throw new LetheError('FORBIDDEN', 'You are in the server but not in this channel: join it first.', {
      reason: 'NOT_JOINED',
    });
}

function refusal(right: ChannelRight, kind: ChannelKind): LetheError {
  if (kind === ChannelKind.DIRECT || kind === ChannelKind.NOTES)
    return new LetheError('FORBIDDEN', 'Nobody can do that in this kind of channel.', { reason: 'DIRECT_CHANNEL' });
  if (kind === ChannelKind.SERVER && right === 'setRoles')
    return new LetheError('FORBIDDEN', 'Roles in a channel of a server are those in the server: setServerRole.', {
      reason: 'SERVER_CHANNEL',
    });
  return rightMissing('channel');
}

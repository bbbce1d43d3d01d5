import { Injectable } from '@nestjs/common';
import DataLoader from 'dataloader';
import { DataSource, type EntityManager } from 'typeorm';
import type { Viewer } from '../auth/viewer.js';
import { Clock } from '../config/clock.js';
import { LetheError } from '../errors/lethe-error.js';
import { grouped } from '../graphql/pages-of-many.js';
import { newId } from '../graphql/new-id.js';
import { Caps } from '../limits/caps.js';
import { Limits } from '../limits/limits.service.js';
import { Topics } from '../realtime/topics.js';
import { ServerAccess } from '../servers/server.access.js';
import { ChannelAccess } from './channel.access.js';
import type { CreateChannelInput } from './channel.inputs.js';
import { ChannelKind, ChannelRole } from './channel-kind.js';
import { channelsOfServers, type ChannelState, countChannelsOf } from './channels.queries.js';
import { found } from './founding.queries.js';

interface Asked {
  accountId: string;
  serverId: string;
}

/** Makes and lists the channels of servers. */
@Injectable()
export class ServerChannels {
  /** Lists asked for at the same moment are fetched together. Nothing is kept, so operations may share it. */
  private readonly lists = new DataLoader((asked: readonly Asked[]) => this.fetch(asked), { cache: false });

  constructor(
    private readonly dataSource: DataSource,
    private readonly access: ChannelAccess,
    private readonly servers: ServerAccess,
    private readonly topics: Topics,
    private readonly clock: Clock,
    private readonly limits: Limits,
    private readonly caps: Caps,
  ) {}

  list({ accountId }: Viewer, serverId: string): Promise<ChannelState[]> {
    return this.lists.load({ accountId, serverId });
  }

  async create(viewer: Viewer, input: CreateChannelInput): Promise<ChannelState> {
    const { accountId } = viewer;
    const { serverId, sealedMeta, isPrivate, defaultTtlSeconds } = input;
    await this.limits.take('channels', accountId);
    const channel = await this.servers.change(viewer, 'manageChannels', serverId, async (manager) => {
      await this.requireRoom(manager, serverId);
      const at = this.clock.now();
      const id = newId(at);
      await found(manager, {
        id,
        kind: ChannelKind.SERVER,
        serverId,
        isPrivate: isPrivate ?? false,
        onlyOneKey: null,
        sealedMeta,
        defaultTtlSeconds: defaultTtlSeconds ?? null,
        members: [{ accountId, role: ChannelRole.MEMBER }],
        at,
      });
      return this.access.require(viewer, 'see', id, manager);
    });
    this.topics.publish('channel-joined', { channelId: channel.id, accountIds: [accountId] });
    return channel;
  }

  private async requireRoom(manager: EntityManager, serverId: string): Promise<void> {
    const most = this.caps.of('channelsPerServer');
    if ((await countChannelsOf(manager, serverId)) < most) return;
    throw new LetheError('LIMIT_REACHED', `A server has at most ${most} channels.`, { reason: 'TOO_MANY_CHANNELS' });
  }

  private async fetch(asked: readonly Asked[]): Promise<ChannelState[][]> {
    const keyOf = ({ accountId, serverId }: Asked) => `${accountId} ${serverId}`;
    const channels = grouped(await channelsOfServers(this.dataSource.manager, asked), keyOf);
    return asked.map((one) => channels.get(keyOf(one)) ?? []);
  }
}

import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Viewer } from '../auth/viewer.js';
import { ChannelAccess } from '../channels/channel.access.js';
import { Clock } from '../config/clock.js';
import { notFound } from '../errors/lethe-error.js';
import { Limits } from '../limits/limits.service.js';
import { placeOfEntry } from '../realtime/entry-id.js';
import { hide } from './hiding.queries.js';

/** Keeps messages out of sight of one account. */
@Injectable()
export class Hiding {
  constructor(
    private readonly dataSource: DataSource,
    private readonly access: ChannelAccess,
    private readonly limits: Limits,
    private readonly clock: Clock,
  ) {}

  async hide(viewer: Viewer, id: string): Promise<boolean> {
    const { channelId, seq } = placeOfEntry(id, 'id');
    await this.limits.take('hidings', viewer.accountId);
    await this.access.require(viewer, 'read', channelId);
    if (!(await hide(this.dataSource.manager, viewer.accountId, channelId, seq, this.clock.now()))) throw notFound();
    return true;
  }
}

import { Injectable } from '@nestjs/common';
import { AdminAccess } from '../auth/admin.access.js';
import type { Viewer } from '../auth/viewer.js';
import { Pools } from '../database/pools.js';
import { RelayProcesses } from './relay-processes.js';
import type { RelayStats } from './relay-stats.type.js';

const MOST_COUNTED = 100_000;

/** Counting a large table would read all of it; above a bound the figure of VACUUM and ANALYZE must do. */
const sizeOf = (table: string) => `(
  SELECT CASE WHEN count(*) <= ${MOST_COUNTED} THEN count(*)
    ELSE greatest(count(*), (SELECT reltuples FROM pg_class WHERE oid = '${table}'::regclass)) END::int
  FROM (SELECT FROM ${table} LIMIT ${MOST_COUNTED + 1}) AS counted
)`;

const FIGURES = `
  SELECT ${sizeOf('accounts')} AS accounts, ${sizeOf('devices')} AS devices, ${sizeOf('channels')} AS channels,
    ${sizeOf('channel_entries')} AS messages, 0::float8 AS "attachmentsBytes"`;

/** What an operator may want to know of the relay as a whole. */
@Injectable()
export class RelayFigures {
  constructor(
    private readonly admins: AdminAccess,
    private readonly pools: Pools,
    private readonly processes: RelayProcesses,
  ) {}

  async stats(viewer: Viewer): Promise<RelayStats> {
    await this.admins.require(viewer);
    const { rows } = await this.pools.read.query<Omit<RelayStats, 'openSockets'>>(FIGURES);
    if (!rows[0]) throw new Error('PostgreSQL gave no figures.');
    return { ...rows[0], openSockets: await this.processes.openSockets() };
  }
}

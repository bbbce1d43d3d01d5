import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { Viewer } from '../auth/viewer.js';
import { LetheError, notFound } from '../errors/lethe-error.js';
import { type Role, type ServerRight, serverRights } from './rights.js';
import { keepAccount, lockServer, type ServerState, serverState } from './servers.queries.js';

export const rightMissing = (where: string) =>
  new LetheError('FORBIDDEN', `Your role in this ${where} does not allow it.`, { reason: 'RIGHT_MISSING' });

/** The door to servers: says whether the viewer may, and hands over the server as it stands. */
@Injectable()
export class ServerAccess {
  constructor(private readonly dataSource: DataSource) {}

  /** Throws NOT_FOUND for strangers and former members, FORBIDDEN for members without the right. */
  async require(
    viewer: Viewer,
    right: ServerRight,
    serverId: string,
    manager: EntityManager = this.dataSource.manager,
  ): Promise<ServerState> {
    const server = await serverState(manager, viewer.accountId, serverId);
    if (!server) throw notFound();
    const roles: readonly Role[] = serverRights[right].roles;
    if (!roles.includes(server.myRole)) throw rightMissing('server');
    return server;
  }

  /** Changes a server. Rights are asked for under its lock: an admin who is removed meanwhile cannot finish. */
  change<T>(
    viewer: Viewer,
    right: ServerRight,
    serverId: string,
    work: (manager: EntityManager, server: ServerState) => Promise<T>,
  ): Promise<T> {
    return this.dataSource.transaction(async (manager) => {
      if (!(await keepAccount(manager, viewer.accountId))) throw notFound();
      await lockServer(manager, serverId, 'change');
      return work(manager, await this.require(viewer, right, serverId, manager));
    });
  }
}

import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import type { Viewer } from '../auth/viewer.js';
import { Clock } from '../config/clock.js';
import { notFound } from '../errors/lethe-error.js';
import { uuid } from '../graphql/input-rules.js';
import { forwardPage, readKeyset, writeKeyset } from '../graphql/keyset.js';
import { newId } from '../graphql/new-id.js';
import { Limits } from '../limits/limits.service.js';
import { ServerAccess } from './server.access.js';
import type { CreateServerInput, UpdateServerInput } from './server.inputs.js';
import { ServerAdmission } from './server-admission.js';
import { ServerDepartures } from './server-departures.js';
import { ServerRole } from './server-role.js';
import { deleteServers, foundServer, serversBefore, type ServerState, updateSealedMeta } from './servers.queries.js';

const sortKey = z.tuple([uuid]);

/** Makes servers, finds them again, and deletes them. */
@Injectable()
export class Servers {
  constructor(
    private readonly dataSource: DataSource,
    private readonly access: ServerAccess,
    private readonly admission: ServerAdmission,
    private readonly departures: ServerDepartures,
    private readonly limits: Limits,
    private readonly clock: Clock,
  ) {}

  get(viewer: Viewer, id: string): Promise<ServerState> {
    return this.access.require(viewer, 'see', id);
  }

  async list(viewer: Viewer, first: number, after: string | null | undefined) {
    const [before] = readKeyset('servers', after, sortKey) ?? [];
    const rows = await serversBefore(this.dataSource.manager, viewer.accountId, before, first + 1);
    return forwardPage(rows, first, before !== undefined, ({ id }) => writeKeyset('servers', [id]));
  }

  async create(viewer: Viewer, { sealedMeta }: CreateServerInput): Promise<ServerState> {
    await this.limits.take('servers', viewer.accountId);
    return this.dataSource.transaction(async (manager) => {
      if (!(await this.admission.lock(manager, viewer.accountId))) throw notFound();
      const at = this.clock.now();
      const id = newId(at);
      await foundServer(manager, { id, sealedMeta, at });
      await this.admission.admit(manager, id, viewer.accountId, ServerRole.OWNER);
      return this.access.require(viewer, 'see', id, manager);
    });
  }

  update(viewer: Viewer, { serverId, sealedMeta }: UpdateServerInput): Promise<ServerState> {
    return this.access.change(viewer, 'manageServer', serverId, async (manager, server) => {
      await updateSealedMeta(manager, serverId, sealedMeta);
      return { ...server, sealedMeta };
    });
  }

  async delete(viewer: Viewer, serverId: string): Promise<boolean> {
    const tell = await this.access.change(viewer, 'deleteServer', serverId, async (manager) => {
      const tell = await this.departures.append(manager, { kind: 'DELETED', serverId });
      await deleteServers(manager, [serverId]);
      return tell;
    });
    tell();
    return true;
  }
}

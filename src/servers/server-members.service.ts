import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { z } from 'zod';
import type { Viewer } from '../auth/viewer.js';
import { badInput, LetheError, notFound } from '../errors/lethe-error.js';
import { uuid } from '../graphql/input-rules.js';
import { readKeyset, writeKeyset } from '../graphql/keyset.js';
import { PagesOfMany } from '../graphql/pages-of-many.js';
import { mayGrant, outranks } from './rights.js';
import { rightMissing, ServerAccess } from './server.access.js';
import type { ServerMemberInput, SetServerRoleInput } from './server.inputs.js';
import { ServerDepartures } from './server-departures.js';
import {
  dismissFromServer,
  type ServerMemberFacts,
  serverMemberOf,
  type ServerMemberPlace,
  serverMembersAfter,
  setServerRole,
} from './server-members.queries.js';
import { ServerRole } from './server-role.js';
import type { ServerState } from './servers.queries.js';

const sortKey = z.tuple([z.iso.datetime({ precision: 3 }), uuid]);

/** Who is in a server, and in which role. */
@Injectable()
export class ServerMembers {
  private readonly pages = new PagesOfMany({
    fetch: (serverIds, after: ServerMemberPlace | undefined, limit) =>
      serverMembersAfter(this.dataSource.manager, serverIds, after, limit),
    listOf: (member: ServerMemberFacts) => member.serverId,
    cursorOf: ({ joinedAt, accountId }) => writeKeyset('serverMembers', [joinedAt.toISOString(), accountId]),
  });

  constructor(
    private readonly dataSource: DataSource,
    private readonly access: ServerAccess,
    private readonly departures: ServerDepartures,
  ) {}

  list(serverId: string, first: number, after: string | null | undefined) {
    const key = readKeyset('serverMembers', after, sortKey);
    return this.pages.load(serverId, first, key && { joinedAt: key[0], accountId: key[1] });
  }

  setRole(viewer: Viewer, { serverId, accountId, role }: SetServerRoleInput): Promise<ServerMemberFacts> {
    return this.access.change(viewer, 'setRoles', serverId, async (manager, { myRole }) => {
      const member = await this.memberOf(manager, serverId, accountId);
      if (accountId === viewer.accountId && myRole === ServerRole.OWNER) {
        if (role === ServerRole.OWNER) return member;
        throw badInput('input.role', 'A server keeps an owner: make somebody else the OWNER first.');
      }
      if (!outranks(myRole, member.role) || !mayGrant(myRole, role)) throw rightMissing('server');
      if (role === ServerRole.OWNER) await setServerRole(manager, serverId, viewer.accountId, ServerRole.ADMIN);
      await setServerRole(manager, serverId, accountId, role);
      return { ...member, role };
    });
  }

  async remove(viewer: Viewer, { serverId, accountId }: ServerMemberInput): Promise<boolean> {
    if (accountId === viewer.accountId) throw badInput('input.accountId', 'To go oneself there is leaveServer.');
    const tell = await this.access.change(viewer, 'manageMembers', serverId, async (manager, { myRole }) => {
      const { role } = await this.memberOf(manager, serverId, accountId);
      if (!outranks(myRole, role)) throw rightMissing('server');
      return this.dismiss(manager, 'REMOVED', serverId, accountId);
    });
    tell();
    return true;
  }

  async leave(viewer: Viewer, serverId: string): Promise<boolean> {
    const tell = await this.access.change(viewer, 'leave', serverId, (manager, server) => {
      if (server.myRole === ServerRole.OWNER) throw ownerMustHandOver(server);
      return this.dismiss(manager, 'LEFT', serverId, viewer.accountId);
    });
    tell();
    return true;
  }

  private async memberOf(manager: EntityManager, serverId: string, accountId: string): Promise<ServerMemberFacts> {
    const member = await serverMemberOf(manager, serverId, accountId);
    if (!member) throw notFound();
    return member;
  }

  private async dismiss(
    manager: EntityManager,
    kind: 'LEFT' | 'REMOVED',
    serverId: string,
    accountId: string,
  ): Promise<() => void> {
    const tell = await this.departures.append(manager, { kind, serverId, accountId });
    await dismissFromServer(manager, serverId, accountId);
    return tell;
  }
}

const ownerMustHandOver = ({ memberCount }: ServerState) =>
  new LetheError(
    'CONFLICT',
    memberCount === 1
      ? 'Nobody would be left in the server: delete it with deleteServer.'
      : 'A server keeps an owner: make somebody else the OWNER first.',
    { reason: 'OWNER_MUST_HAND_OVER' },
  );

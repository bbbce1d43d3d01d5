import { Injectable } from '@nestjs/common';
import DataLoader from 'dataloader';
import { DataSource, type EntityManager } from 'typeorm';
import { z } from 'zod';
import type { Viewer } from '../auth/viewer.js';
import { badInput, LetheError, notFound } from '../errors/lethe-error.js';
import { uuid } from '../graphql/input-rules.js';
import { grouped } from '../graphql/grouped.js';
import { forwardPage, readKeyset, writeKeyset } from '../graphql/keyset.js';
import { mayGrant, outranks } from './rights.js';
import { rightMissing, ServerAccess } from './server.access.js';
import type { ServerMemberInput, SetServerRoleInput } from './server.inputs.js';
import { ServerDepartures } from './server-departures.js';
import {
  dismissFromServer,
  type ServerMemberFacts,
  serverMemberOf,
  serverMembersAfter,
  setServerRole,
} from './server-members.queries.js';
import { ServerRole } from './server-role.js';
import type { ServerState } from './servers.queries.js';

const sortKey = z.tuple([z.iso.datetime({ precision: 3 }), uuid]);

interface AskedPage {
  serverId: string;
  first: number;
  after: { joinedAt: string; accountId: string } | undefined;
}

/** Who is in a server, and in which role. */
@Injectable()
export class ServerMembers {
  /** Lists asked for at the same moment are fetched together. Nothing is kept, so operations may share it. */
  private readonly pages = new DataLoader((asked: readonly AskedPage[]) => this.fetch(asked), { cache: false });

  constructor(
    private readonly dataSource: DataSource,
    private readonly access: ServerAccess,
    private readonly departures: ServerDepartures,
  ) {}

  list(serverId: string, first: number, after: string | null | undefined) {
    const key = readKeyset('serverMembers', after, sortKey);
    return this.pages.load({ serverId, first, after: key && { joinedAt: key[0], accountId: key[1] } });
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

  /** One statement for all that ask for the same stretch: a list of servers asks so, each for its first members. */
  private async fetch(asked: readonly AskedPage[]) {
    const stretches = new Map<string, Map<string, ServerMemberFacts[]>>();
    for (const pages of grouped(asked, stretchOf).values())
      for (const { first, after } of pages.slice(0, 1)) {
        const serverIds = pages.map(({ serverId }) => serverId);
        const rows = await serverMembersAfter(this.dataSource.manager, [...new Set(serverIds)], after, first + 1);
        stretches.set(
          stretchOf({ first, after }),
          grouped(rows, ({ serverId }) => serverId),
        );
      }
    return asked.map((page) => {
      const members = stretches.get(stretchOf(page))?.get(page.serverId) ?? [];
      return forwardPage(members, page.first, page.after !== undefined, cursorOf);
    });
  }
}

const stretchOf = ({ first, after }: Pick<AskedPage, 'first' | 'after'>) => JSON.stringify([first, after]);

const cursorOf = ({ joinedAt, accountId }: ServerMemberFacts) =>
  writeKeyset('serverMembers', [joinedAt.toISOString(), accountId]);

const ownerMustHandOver = ({ memberCount }: ServerState) =>
  new LetheError(
    'CONFLICT',
    memberCount === 1
      ? 'Nobody would be left in the server: delete it with deleteServer.'
      : 'A server keeps an owner: make somebody else the OWNER first.',
    { reason: 'OWNER_MUST_HAND_OVER' },
  );

import { createHash, randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import DataLoader from 'dataloader';
import { DataSource, type EntityManager } from 'typeorm';
import type { Viewer } from '../auth/viewer.js';
import { Clock } from '../config/clock.js';
import { badInput, LetheError, notFound } from '../errors/lethe-error.js';
import { grouped } from '../graphql/pages-of-many.js';
import { newId } from '../graphql/new-id.js';
import { Caps } from '../limits/caps.js';
import { Limits } from '../limits/limits.service.js';
import type { Invite } from './invite.type.js';
import {
  addInvite,
  countInvitesOf,
  deleteInvite,
  inviteByCode,
  type InviteFacts,
  invitesOf,
  serverOfInvite,
  takeUse,
} from './invites.queries.js';
import { type Role, serverRights } from './rights.js';
import { ServerAccess } from './server.access.js';
import type { CreateInviteInput } from './server.inputs.js';
import { ServerAdmission } from './server-admission.js';
import { ServerRole } from './server-role.js';
import { lockServer, type ServerState, serverState } from './servers.queries.js';

const managers: readonly Role[] = serverRights.manageInvites.roles;
const codeShape = /^[A-Za-z0-9_-]{22}$/;

/** SHA-256 will do for 128 random bits. */
const hashOf = (code: string): Buffer => createHash('sha256').update(code).digest();

/** Ways into a server. */
@Injectable()
export class Invites {
  /** Lists asked for at the same moment are fetched together. Nothing is kept, so operations may share it. */
  private readonly lists = new DataLoader((serverIds: readonly string[]) => this.fetch(serverIds), { cache: false });

  constructor(
    private readonly dataSource: DataSource,
    private readonly access: ServerAccess,
    private readonly admission: ServerAdmission,
    private readonly limits: Limits,
    private readonly caps: Caps,
    private readonly clock: Clock,
  ) {}

  /** None for those who may not manage them: asking for many servers must not fail over one. */
  list({ id, myRole }: Pick<ServerState, 'id' | 'myRole'>): Promise<InviteFacts[]> {
    return managers.includes(myRole) ? this.lists.load(id) : Promise.resolve([]);
  }

  async create(viewer: Viewer, { serverId, maxUses, expiresInSeconds }: CreateInviteInput): Promise<Invite> {
    await this.limits.take('invites', viewer.accountId);
    return this.access.change(viewer, 'manageInvites', serverId, async (manager) => {
      const now = this.clock.now();
      const most = this.caps.of('invitesPerServer');
      if ((await countInvitesOf(manager, serverId, now)) >= most)
        throw new LetheError('LIMIT_REACHED', `A server has at most ${most} invites that work. Revoke some.`, {
          reason: 'TOO_MANY_INVITES',
        });
      const code = randomBytes(16).toString('base64url');
      const expiresAt = typeof expiresInSeconds === 'number' ? new Date(now.getTime() + expiresInSeconds * 1000) : null;
      const invite = { id: newId(now), serverId, maxUses: maxUses ?? null, uses: 0, expiresAt, createdAt: now };
      await addInvite(manager, { ...invite, codeHash: hashOf(code) });
      return { ...invite, code };
    });
  }

  async revoke(viewer: Viewer, id: string): Promise<boolean> {
    const serverId = await serverOfInvite(this.dataSource.manager, id);
    if (serverId === undefined) throw notFound();
    return this.access.change(viewer, 'manageInvites', serverId, async (manager) => {
      if (!(await deleteInvite(manager, id))) throw notFound();
      return true;
    });
  }

  async join(viewer: Viewer, code: string): Promise<ServerState> {
    if (!codeShape.test(code)) throw badInput('inviteCode', 'Needs 22 characters of base64url.');
    await this.limits.take('inviteCodes', viewer.accountId);
    return this.dataSource.transaction(async (manager) => {
      if (!(await this.admission.lock(manager, viewer.accountId))) throw notFound();
      const invite = await inviteByCode(manager, hashOf(code), this.clock.now());
      if (!invite) throw notFound();
      const known = await serverState(manager, viewer.accountId, invite.serverId);
      if (known) return known;
      // Looked at once before the lock, so that a crowd that comes too late does not wait in line to hear it.
      if (!invite.works) throw inviteExpired();
      await lockServer(manager, invite.serverId, 'change');
      await this.use(manager, invite.id, hashOf(code));
      await this.admission.admit(manager, invite.serverId, viewer.accountId, ServerRole.MEMBER);
      return this.access.require(viewer, 'see', invite.serverId, manager);
    });
  }

  private async use(manager: EntityManager, inviteId: string, codeHash: Buffer): Promise<void> {
    const now = this.clock.now();
    if (await takeUse(manager, inviteId, now)) return;
    // Under the lock of the server: nobody revokes it or deletes the server between the two statements.
    if (!(await inviteByCode(manager, codeHash, now))) throw notFound();
    throw inviteExpired();
  }

  private async fetch(serverIds: readonly string[]): Promise<InviteFacts[][]> {
    const invites = await invitesOf(this.dataSource.manager, serverIds, this.clock.now());
    const byServer = grouped(invites, ({ serverId }) => serverId);
    return serverIds.map((id) => byServer.get(id) ?? []);
  }
}

const inviteExpired = () =>
  new LetheError('EXPIRED', 'The invite is past its time or used up. Ask for a new one.', { reason: 'INVITE_EXPIRED' });

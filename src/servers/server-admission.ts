import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Clock } from '../config/clock.js';
import { LetheError } from '../errors/lethe-error.js';
import { lockAccount } from '../keys/devices.queries.js';
import { Caps } from '../limits/caps.js';
import { admitToServer } from './server-members.queries.js';
import type { ServerRole } from './server-role.js';
import { countServersOf } from './servers.queries.js';

/** Lets accounts into servers, as many as there may be. */
@Injectable()
export class ServerAdmission {
  constructor(
    private readonly caps: Caps,
    private readonly clock: Clock,
  ) {}

  /** The account joins nothing else meanwhile, or its servers could not be counted. False: it was deleted. */
  lock(manager: EntityManager, accountId: string): Promise<boolean> {
    return lockAccount(manager, accountId);
  }

  async admit(manager: EntityManager, serverId: string, accountId: string, role: ServerRole): Promise<void> {
    const mostServers = this.caps.of('serversPerAccount');
    if ((await countServersOf(manager, accountId)) >= mostServers)
      throw new LetheError('LIMIT_REACHED', `An account is a member of at most ${mostServers} servers.`, {
        reason: 'TOO_MANY_SERVERS',
      });
    const most = this.caps.of('membersPerServer');
    if (!(await admitToServer(manager, { serverId, accountId, role, at: this.clock.now(), most })))
      throw new LetheError('LIMIT_REACHED', `A server has at most ${most} members.`, { reason: 'TOO_MANY_MEMBERS' });
  }
}

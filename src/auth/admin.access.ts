import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { SETTINGS, type Settings } from '../config/settings.js';
import { LetheError } from '../errors/lethe-error.js';
import { AccountRole, roleOf } from './account-role.js';
import { AccountRow } from './account.entity.js';
import type { Viewer } from './viewer.js';

/** The door to what administrators do. */
@Injectable()
export class AdminAccess {
  constructor(
    private readonly dataSource: DataSource,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** Asked of PostgreSQL every time: a role that was taken away is gone with the next request. */
  async require({ accountId }: Viewer): Promise<void> {
    const account = await this.dataSource.manager.findOneBy(AccountRow, { id: accountId });
    if (account && roleOf(account, this.settings) === AccountRole.ADMIN) return;
    throw new LetheError('FORBIDDEN', 'Only administrators of the relay may.', { reason: 'ADMIN_ONLY' });
  }
}

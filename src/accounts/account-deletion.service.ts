import { Injectable } from '@nestjs/common';
import { AccountRow } from '../auth/account.entity.js';
import { AccountClosings } from '../auth/account-closings.js';
import { Reauthentication } from '../auth/reauthentication.js';
import { Revocations } from '../auth/revocations.js';
import { Sessions } from '../auth/sessions.service.js';
import type { Viewer } from '../auth/viewer.js';
import type { DeleteAccountInput } from './delete-account.input.js';

/** How an account goes, with everything that refers to it. */
@Injectable()
export class AccountDeletion {
  constructor(
    private readonly reauthentication: Reauthentication,
    private readonly closings: AccountClosings,
    private readonly sessions: Sessions,
    private readonly revocations: Revocations,
  ) {}

  async delete(viewer: Viewer, { password, totpCode }: DeleteAccountInput): Promise<true> {
    const who = await this.reauthentication.withPassword(viewer, password);
    const { ended, tell } = await this.reauthentication.carryOutWithCode(who, totpCode, async (manager, { id }) => {
      // Shuts out new references as well: nobody is added to a channel after the account has left all of them.
      await manager.findOne(AccountRow, { where: { id }, lock: { mode: 'pessimistic_write' } });
      const ended = await this.sessions.endSessionsOfAccount(manager, id);
      const tell = await this.closings.close(manager, id);
      // Devices, keys, codes, events and memberships go with it, by their foreign keys.
      await manager.delete(AccountRow, { id });
      return { ended, tell };
    });
    this.revocations.tell(ended);
    tell();
    return true;
  }
}

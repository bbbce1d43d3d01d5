import { Injectable } from '@nestjs/common';
import { AccountRow } from './account.entity.js';
import type { ChangePasswordInput } from './change-password.input.js';
import type { IssuedTokens } from './issued-tokens.js';
import { Passwords } from './passwords.js';
import { Reauthentication } from './reauthentication.js';
import { Revocations } from './revocations.js';
import { SecurityEventKind } from './security-event.type.js';
import { SecurityEvents } from './security-events.service.js';
import { Sessions } from './sessions.service.js';
import type { Viewer } from './viewer.js';

/** Whoever changes a password may do so because somebody else knows it: nobody else stays logged in. */
@Injectable()
export class PasswordChange {
  constructor(
    private readonly reauthentication: Reauthentication,
    private readonly passwords: Passwords,
    private readonly sessions: Sessions,
    private readonly revocations: Revocations,
    private readonly events: SecurityEvents,
  ) {}

  async change(viewer: Viewer, { currentPassword, newPassword, totpCode }: ChangePasswordInput): Promise<IssuedTokens> {
    const who = await this.reauthentication.withPassword(viewer, currentPassword);
    // Before the transaction: it takes a while, and the account would be locked for so long.
    const passwordHash = await this.passwords.hash(newPassword);
    const { ended, tokens } = await this.reauthentication.carryOutWithCode(who, totpCode, async (manager, account) => {
      await manager.update(AccountRow, { id: account.id }, { passwordHash });
      await this.events.write(manager, SecurityEventKind.PASSWORD_CHANGED, viewer);
      return this.sessions.keepOnly(manager, viewer, account);
    });
    this.revocations.tell(ended);
    return tokens;
  }
}

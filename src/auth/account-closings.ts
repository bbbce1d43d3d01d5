import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';

/** Takes away what the account has elsewhere, in its transaction; what it gives is called once that is committed. */
type AccountClosingHandler = (manager: EntityManager, accountId: string) => Promise<() => void>;

/** Where modules on the right join in when an account is deleted. */
@Injectable()
export class AccountClosings {
  private readonly handlers: AccountClosingHandler[] = [];

  onClosing(handler: AccountClosingHandler): void {
    this.handlers.push(handler);
  }

  /** Called inside the transaction, with the account locked, before its row goes. Gives what to call after its commit. */
  async close(manager: EntityManager, accountId: string): Promise<() => void> {
    const tell: (() => void)[] = [];
    for (const handler of this.handlers) tell.push(await handler(manager, accountId));
    return () => tell.forEach((call) => call());
  }
}

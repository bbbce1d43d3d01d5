import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';

export type ServerDeparture =
  { kind: 'LEFT' | 'REMOVED'; serverId: string; accountId: string } | { kind: 'DELETED'; serverId: string };

/** Writes down what follows from it, in its transaction; what it gives is called once that is committed. */
type ServerDepartureHandler = (manager: EntityManager, departure: ServerDeparture) => Promise<() => void>;

/** Where modules on the right join in when somebody leaves a server or a server goes. */
@Injectable()
export class ServerDepartures {
  private readonly handlers: ServerDepartureHandler[] = [];

  onDeparture(handler: ServerDepartureHandler): void {
    this.handlers.push(handler);
  }

  /** Called inside the transaction, with the server locked. Gives what to call after its commit. */
  async append(manager: EntityManager, departure: ServerDeparture): Promise<() => void> {
    const tell: (() => void)[] = [];
    for (const handler of this.handlers) tell.push(await handler(manager, departure));
    return () => tell.forEach((call) => call());
  }
}

import { Injectable } from '@nestjs/common';
import type { Identity } from '../graphql/operation-context.js';

type Told = (identity: Identity) => void;

/** Which sessions have an open socket in this process. */
@Injectable()
export class LiveSessions {
  private readonly sockets = new Map<string, { identity: Identity; count: number }>();
  private readonly arrivals: Told[] = [];
  private readonly departures: Told[] = [];

  get all(): Identity[] {
    return [...this.sockets.values()].map(({ identity }) => identity);
  }

  /** Called with the first socket of a session. */
  onArrival(told: Told): void {
    this.arrivals.push(told);
  }

  /** Called when the last socket of a session has closed. */
  onDeparture(told: Told): void {
    this.departures.push(told);
  }

  arrive(identity: Identity): void {
    const known = this.sockets.get(identity.sessionId);
    if (known) return void (known.count += 1);
    this.sockets.set(identity.sessionId, { identity, count: 1 });
    for (const told of this.arrivals) told(identity);
  }

  depart(identity: Identity): void {
    const known = this.sockets.get(identity.sessionId);
    if (!known || --known.count > 0) return;
    this.sockets.delete(identity.sessionId);
    for (const told of this.departures) told(identity);
  }
}

import { Injectable } from '@nestjs/common';
import { Caps } from '../limits/caps.js';
import type { CapName } from '../limits/limits.table.js';

/** Counts open sockets per address and per account in this process; addresses and accounts live in memory only. */
@Injectable()
export class SocketCaps {
  private readonly addresses = new Map<string, number>();
  private readonly accounts = new Map<string, number>();

  constructor(private readonly caps: Caps) {}

  get messagesASecond(): number {
    return this.caps.of('messagesPerSocketAndSecond');
  }

  /** Whether a socket may have so many operations open. */
  admitOperations(count: number): boolean {
    return this.caps.allows('operationsPerSocket', count - 1);
  }

  admitAddress(address: string): boolean {
    return this.admit(this.addresses, address, 'socketsPerAddress');
  }

  releaseAddress(address: string): void {
    release(this.addresses, address);
  }

  admitAccount(accountId: string): boolean {
    return this.admit(this.accounts, accountId, 'socketsPerAccount');
  }

  releaseAccount(accountId: string): void {
    release(this.accounts, accountId);
  }

  private admit(counts: Map<string, number>, key: string, cap: CapName): boolean {
    const count = counts.get(key) ?? 0;
    const allowed = this.caps.allows(cap, count);
    if (allowed) counts.set(key, count + 1);
    return allowed;
  }
}

function release(counts: Map<string, number>, key: string): void {
  const count = counts.get(key) ?? 0;
  if (count <= 1) counts.delete(key);
  else counts.set(key, count - 1);
}

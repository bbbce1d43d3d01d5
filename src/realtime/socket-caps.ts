import { Injectable } from '@nestjs/common';
import { Caps } from '../limits/caps.js';

/** Counts open sockets per address and per account in this process; addresses and accounts live in memory only. */
@Injectable()
export class SocketCaps {
  private readonly addresses = new Map<string, number>();
  private readonly accounts = new Map<string, number>();

  constructor(private readonly caps: Caps) {}

  get messagesASecond(): number {
    return this.caps.of('messagesPerSocketAndSecond');
  }

  get operationsPerSocket(): number {
    return this.caps.of('operationsPerSocket');
  }

  admitAddress(address: string): boolean {
    return admit(this.addresses, address, this.caps.of('socketsPerAddress'));
  }

  releaseAddress(address: string): void {
    release(this.addresses, address);
  }

  admitAccount(accountId: string): boolean {
    return admit(this.accounts, accountId, this.caps.of('socketsPerAccount'));
  }

  releaseAccount(accountId: string): void {
    release(this.accounts, accountId);
  }
}

function admit(counts: Map<string, number>, key: string, most: number): boolean {
  const count = counts.get(key) ?? 0;
  if (count >= most) return false;
  counts.set(key, count + 1);
  return true;
}

function release(counts: Map<string, number>, key: string): void {
  const count = counts.get(key) ?? 0;
  if (count <= 1) counts.delete(key);
  else counts.set(key, count - 1);
}

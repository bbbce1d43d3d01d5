import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { Viewer } from '../auth/viewer.js';
import { EphemeralStream } from '../realtime/ephemeral-stream.js';
import { ReceiptHints } from './receipt-hints.js';
import type { Receipt, ReceiptPage } from './receipt.type.js';
import { type MemberReceipt, ReceiptsQueries } from './receipts.queries.js';
import { told } from './receipts.service.js';

const MOST_A_PAGE = 100;
const REST_MS = 100;
/** So many receipts a channel has read, and told to its listeners, in a millisecond, on the average. */
const TOLD_A_MS = 5;

type Push = (page: ReceiptPage) => void;

/** Receipts of one channel that have moved since the last page of it. */
interface Moved {
  /** Whose, and whether their place of delivery moved, too. */
  accounts: Map<string, boolean>;
  resting: boolean;
}

/**
 * Tells receipts that move to whoever listens. What they are is read when they are told, once for all listeners of this
 * process; after that the channel rests, the longer the more there was to tell: of a member who reads fast only the
 * newest place is told, and in a large group nobody is flooded.
 */
@Injectable()
export class LiveReceipts implements OnModuleInit {
  private readonly listeners = new Map<string, Set<Push>>();
  private readonly moved = new Map<string, Moved>();

  constructor(
    private readonly hints: ReceiptHints,
    private readonly queries: ReceiptsQueries,
  ) {}

  // Before anybody listens: subscribing in Redis takes a moment, in which a hint of another process would get lost.
  onModuleInit(): void {
    this.hints.on((channelId, { accountId, delivered }) => {
      if (this.listeners.size === 0) return;
      const moved = this.moved.get(channelId) ?? { accounts: new Map<string, boolean>(), resting: false };
      this.moved.set(channelId, moved);
      moved.accounts.set(accountId, delivered || moved.accounts.get(accountId) === true);
      if (!moved.resting) void this.tell(channelId, moved);
    });
  }

  /** Receipts of all channels the viewer is in. */
  follow({ accountId }: Viewer): EphemeralStream<ReceiptPage> {
    return new EphemeralStream<ReceiptPage>((push) => {
      const pushes = this.listeners.get(accountId) ?? new Set();
      this.listeners.set(accountId, pushes.add(push));
      return () => {
        pushes.delete(push);
        if (pushes.size === 0 && this.listeners.get(accountId) === pushes) this.listeners.delete(accountId);
      };
    });
  }

  private async tell(channelId: string, moved: Moved): Promise<void> {
    moved.resting = true;
    const accounts = new Map([...moved.accounts].slice(0, MOST_A_PAGE));
    for (const accountId of accounts.keys()) moved.accounts.delete(accountId);
    // When PostgreSQL is away these are not told: they can be asked for later.
    const count = await this.tellMembers(channelId, accounts).catch(() => 0);
    setTimeout(
      () => {
        moved.resting = false;
        if (moved.accounts.size > 0) void this.tell(channelId, moved);
        else this.moved.delete(channelId);
      },
      REST_MS + count / TOLD_A_MS,
    ).unref();
  }

  private async tellMembers(channelId: string, accounts: Map<string, boolean>): Promise<number> {
    const members = await this.queries.ofMembers(channelId);
    const news = members.filter(({ accountId }) => accounts.has(accountId));
    // Ten thousand may be read to tell one of them.
    let count = members.length;
    for (const viewer of members) {
      const pushes = this.listeners.get(viewer.accountId);
      if (!pushes) continue;
      const receipts = news.flatMap((member) => shown(member, viewer, accounts.get(member.accountId) === true));
      if (receipts.length === 0) continue;
      for (const push of pushes) push({ channelId, receipts });
      count += receipts.length * pushes.size;
    }
    return count;
  }
}

/** Nothing, where all that moved is what the viewer may not see: that it moved would tell as much. */
function shown(member: MemberReceipt, viewer: MemberReceipt, delivered: boolean): Receipt[] {
  const showsRead = member.accountId === viewer.accountId || (member.readReceipts && viewer.readReceipts);
  if (!delivered && !showsRead) return [];
  const { accountId } = member;
  return [{ accountId, deliveredSeq: told(member.deliveredSeq), readSeq: showsRead ? told(member.readSeq) : null }];
}

import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Viewer } from '../auth/viewer.js';
import { ChannelAccess } from '../channels/channel.access.js';
import { memberOf, type MemberRow } from '../channels/membership.queries.js';
import { badInput, notFound } from '../errors/lethe-error.js';
import type { OperationContext } from '../graphql/operation-context.js';
import { OperationLoader } from '../graphql/operation-loader.js';
import { Limits } from '../limits/limits.service.js';
import type { LogEntry } from '../realtime/log-entry.js';
import type { AdvanceReceiptInput } from './message.inputs.js';
import type { MessageStatus } from './receipt.type.js';
import { ReceiptHints } from './receipt-hints.js';
import { advance, ReceiptsQueries } from './receipts.queries.js';

/** How far members have come in a channel: two places of its log each, never something of its own for every message. */
@Injectable()
export class Receipts {
  private readonly settings = new OperationLoader<MemberRow, boolean>(async (accountId, members) => {
    const shown = await this.queries.hasReadReceipts(accountId);
    return members.map(() => shown);
  });
  private readonly statuses = new OperationLoader<LogEntry, MessageStatus>((accountId, messages) =>
    this.queries.statuses(accountId, messages),
  );
  private readonly unread = new OperationLoader<string, number>(async (accountId, channelIds) => {
    const counts = await this.queries.unread(accountId, channelIds);
    return channelIds.map((channelId) => counts.get(channelId) ?? 0);
  });

  constructor(
    private readonly dataSource: DataSource,
    private readonly access: ChannelAccess,
    private readonly queries: ReceiptsQueries,
    private readonly hints: ReceiptHints,
    private readonly limits: Limits,
  ) {}

  async advance(viewer: Viewer, { channelId, deliveredSeq, readSeq }: AdvanceReceiptInput): Promise<MemberRow> {
    const { accountId } = viewer;
    await this.limits.take('receipts', accountId);
    const { headSeq } = await this.access.require(viewer, 'read', channelId);
    const places = { channelId, deliveredSeq: deliveredSeq ?? 0, readSeq: readSeq ?? 0 };
    if (places.deliveredSeq > headSeq) throw beyondHead('input.deliveredSeq');
    if (places.readSeq > headSeq) throw beyondHead('input.readSeq');
    const moved = await advance(this.dataSource.manager, accountId, places);
    if (moved) this.hints.publish(channelId, { accountId, ...moved });
    const member = await memberOf(this.dataSource.manager, channelId, accountId);
    if (!member) throw notFound();
    return member;
  }

  /** What the viewer may see of how far a member has read. */
  async readSeqOf(context: OperationContext, { accountId }: Viewer, member: MemberRow): Promise<number | null> {
    const isOwn = member.accountId === accountId;
    if (!isOwn && !(member.readReceipts && (await this.settings.load(context, accountId, member)))) return null;
    return told(member.readSeq);
  }

  statusOf(context: OperationContext, { accountId }: Viewer, message: LogEntry): Promise<MessageStatus> {
    return this.statuses.load(context, accountId, message);
  }

  unreadIn(context: OperationContext, { accountId }: Viewer, channelId: string): Promise<number> {
    return this.unread.load(context, accountId, channelId);
  }
}

/** 0 stands for a member who has said nothing yet. */
export const told = (seq: number): number | null => (seq === 0 ? null : seq);

const beyondHead = (at: string) => badInput(at, 'There is no such place in the log yet.');

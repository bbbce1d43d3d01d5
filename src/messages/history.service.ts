import { Injectable } from '@nestjs/common';
import type { Viewer } from '../auth/viewer.js';
import { ChannelAccess } from '../channels/channel.access.js';
import { badInput, notFound } from '../errors/lethe-error.js';
import { LAST_PLACE, placeOfEntry } from '../realtime/entry-id.js';
import { LogCursors } from '../realtime/log-cursor.js';
import type { LogEntry, LogPage } from '../realtime/log-entry.js';
import { LogQueries } from '../realtime/log.queries.js';
import { HistoryQueries } from './history.queries.js';
import type { MessageConnection } from './log.type.js';

interface MessageWindow {
  first?: number | undefined;
  after?: string | null;
  last?: number | undefined;
  before?: string | null;
}

const DEFAULT_PAGE = 50;

/** Reads what is in the log, as it is now. */
@Injectable()
export class History {
  constructor(
    private readonly access: ChannelAccess,
    private readonly log: LogQueries,
    private readonly history: HistoryQueries,
    private readonly cursors: LogCursors,
  ) {}

  async page(viewer: Viewer, channelId: string, after: string | null | undefined, first: number): Promise<LogPage> {
    const { headSeq } = await this.access.require(viewer, 'read', channelId);
    const seq = after === null || after === undefined ? 0 : this.cursors.read(after, channelId, 'after');
    if (seq > headSeq) throw badInput('after', 'The cursor is ahead of the log.', 'BAD_CURSOR');
    const slice = await this.log.readFor(viewer.accountId, channelId, seq, first);
    if (!slice || slice.ended) throw notFound();
    const { entries, gaps, toSeq } = slice;
    const cursor = this.cursors.write(channelId, toSeq);
    return { channelId, entries, gaps, cursor, caughtUp: toSeq >= slice.headSeq };
  }

  async message(viewer: Viewer, id: string): Promise<LogEntry> {
    const { channelId, seq } = placeOfEntry(id, 'id');
    await this.access.require(viewer, 'read', channelId);
    const [message] = await this.history.messages(viewer.accountId, channelId, seq - 1, seq + 1, 1, 'ASC');
    if (!message) throw notFound();
    return message;
  }

  async messages(viewer: Viewer, channelId: string, window: MessageWindow): Promise<MessageConnection> {
    if (window.first !== undefined && window.last !== undefined)
      throw badInput('first', 'Ask for the first or for the last, not both.');
    const place = (cursor: string | null | undefined, path: string) =>
      cursor === null || cursor === undefined ? undefined : this.cursors.read(cursor, channelId, path);
    const after = place(window.after, 'after');
    const before = place(window.before, 'before');
    const forward = window.first !== undefined || (window.last === undefined && after !== undefined);
    const count = window.first ?? window.last ?? DEFAULT_PAGE;
    const found = await this.history.messages(
      viewer.accountId,
      channelId,
      after ?? 0,
      before ?? LAST_PLACE + 1,
      count + 1,
      forward ? 'ASC' : 'DESC',
    );
    const nodes = found.slice(0, count);
    const more = found.length > count;
    if (!forward) nodes.reverse();
    return this.connection(nodes, {
      hasNextPage: forward ? more : before !== undefined,
      hasPreviousPage: forward ? after !== undefined : more,
    });
  }

  private connection(nodes: LogEntry[], more: { hasNextPage: boolean; hasPreviousPage: boolean }): MessageConnection {
    const edges = nodes.map((node) => ({ cursor: this.cursors.write(node.channelId, node.seq), node }));
    const startCursor = edges[0]?.cursor ?? null;
    const endCursor = edges.at(-1)?.cursor ?? null;
    return { edges, nodes, pageInfo: { ...more, startCursor, endCursor } };
  }
}

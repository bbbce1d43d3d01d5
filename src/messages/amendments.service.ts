import { Injectable } from '@nestjs/common';
import type { Viewer } from '../auth/viewer.js';
import type { OperationContext } from '../graphql/operation-context.js';
import { OperationLoader } from '../graphql/operation-loader.js';
import { EntryKind, type LogEntry } from '../realtime/log-entry.js';
import { AmendmentsQueries } from './amendments.queries.js';

/** What became of messages, for all messages of an answer at once. */
@Injectable()
export class Amendments {
  private readonly edits = new OperationLoader<LogEntry, LogEntry[]>((accountId, messages) =>
    this.queries.of(accountId, EntryKind.EDIT, messages),
  );
  private readonly reactions = new OperationLoader<LogEntry, LogEntry[]>((accountId, messages) =>
    this.queries.of(accountId, EntryKind.REACTION, messages),
  );

  constructor(private readonly queries: AmendmentsQueries) {}

  editsOf(context: OperationContext, { accountId }: Viewer, message: LogEntry): Promise<LogEntry[]> {
    return this.edits.load(context, accountId, message);
  }

  reactionsTo(context: OperationContext, { accountId }: Viewer, message: LogEntry): Promise<LogEntry[]> {
    return this.reactions.load(context, accountId, message);
  }
}

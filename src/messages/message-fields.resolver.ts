import { Context, Extensions, Parent, ResolveField, Resolver } from '@nestjs/graphql';
import { Attachment } from '../attachments/attachment.type.js';
import { MessageAttachments } from '../attachments/message-attachments.js';
import { CurrentViewer, type Viewer } from '../auth/viewer.js';
import type { OperationContext } from '../graphql/operation-context.js';
import type { LogEntry } from '../realtime/log-entry.js';
import { PER_VIEWER } from '../realtime/operation-shape.js';
import { Amendments } from './amendments.service.js';
import { Message, MessageEdit, Reaction } from './log.type.js';
import { MessageStatus } from './receipt.type.js';
import { Receipts } from './receipts.service.js';

/** Fields of messages that are asked for apart, once for all messages of an answer. */
@Resolver(() => Message)
export class MessageFieldsResolver {
  constructor(
    private readonly amendments: Amendments,
    private readonly receipts: Receipts,
    private readonly attached: MessageAttachments,
  ) {}

  @Extensions(PER_VIEWER)
  @ResolveField(() => MessageStatus, {
    description:
      'What the receipts of the others say: means something to the author, whom the relay does not know. Nobody else left: SENT; in notes READ. Leave it out of live operations: it makes them run for each follower.',
  })
  status(@Parent() message: LogEntry, @CurrentViewer() viewer: Viewer, @Context() context: OperationContext) {
    return this.receipts.statusOf(context, viewer, message);
  }

  @Extensions(PER_VIEWER)
  @ResolveField(() => [MessageEdit], {
    description:
      'Newer versions of the message, oldest first; the last one counts. At most 100, and of long ones the newest, about 64 KiB together. Leave it out of live operations: edits come as entries of the log.',
  })
  edits(@Parent() message: LogEntry, @CurrentViewer() viewer: Viewer, @Context() context: OperationContext) {
    return this.amendments.editsOf(context, viewer, message);
  }

  @Extensions(PER_VIEWER)
  @ResolveField(() => [Reaction], {
    description:
      'Reactions that were not taken back, oldest first; at most 250. Leave it out of live operations: reactions come as entries of the log.',
  })
  reactions(@Parent() message: LogEntry, @CurrentViewer() viewer: Viewer, @Context() context: OperationContext) {
    return this.amendments.reactionsTo(context, viewer, message);
  }

  /** No viewer is asked for: live pages are executed once for all who may see them. */
  @ResolveField(() => [Attachment], {
    description: 'What is attached to it, in the order of `attachmentIds`; what was deleted since is missing.',
  })
  attachments(@Parent() message: LogEntry) {
    return this.attached.load(message);
  }
}

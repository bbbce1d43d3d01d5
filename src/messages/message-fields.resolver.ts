import { Parent, ResolveField, Resolver } from '@nestjs/graphql';
import { Attachment } from '../attachments/attachment.type.js';
import { MessageAttachments } from '../attachments/message-attachments.js';
import type { LogEntry } from '../realtime/log-entry.js';
import { Message } from './log.type.js';

/** What hangs on a message. No viewer is asked for: live pages are executed once for all who may see them. */
@Resolver(() => Message)
export class MessageFieldsResolver {
  constructor(private readonly attached: MessageAttachments) {}

  @ResolveField(() => [Attachment], {
    description: 'What is attached to it, in the order of `attachmentIds`; what was deleted since is missing.',
  })
  attachments(@Parent() message: LogEntry) {
    return this.attached.load(message);
  }
}

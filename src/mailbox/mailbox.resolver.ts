import { Args, Int, Mutation, Query, Resolver, Subscription } from '@nestjs/graphql';
import { CurrentViewer, type Viewer } from '../auth/viewer.js';
import { Cursor } from '../graphql/cursor.scalar.js';
import { pageSize } from '../graphql/input-rules.js';
import { PAGE_ENTRIES } from '../realtime/log.queries.js';
import { Delivering } from './delivering.service.js';
import { DeliverInput } from './mailbox.inputs.js';
import { Delivery, MailboxPage } from './mailbox.type.js';
import { Mailboxes } from './mailboxes.service.js';

@Resolver(() => MailboxPage)
export class MailboxResolver {
  constructor(
    private readonly delivering: Delivering,
    private readonly mailboxes: Mailboxes,
  ) {}

  @Mutation(() => Delivery, {
    description:
      'Puts an envelope into the mailbox of each active device of an account: into all of them or none. When this answers, they are committed with their positions. Not for exactly these devices: CONFLICT, DEVICE_MISMATCH with the ids of devices `missing`, `extra` and `stale` (another registration id), and nothing was stored. No such account: NOT_FOUND. At most 60 at once and one more a second from one account to another, and 300 at once and 10 more a second in all: RATE_LIMITED. UNAVAILABLE leaves the outcome open: deliver again with the same `clientMessageId`.',
  })
  deliver(
    @CurrentViewer() viewer: Viewer,
    @Args('input', { description: 'The envelopes, and for whom they are.' }) input: DeliverInput,
  ): Promise<Delivery> {
    return this.delivering.deliver(viewer, input);
  }

  @Mutation(() => Int, {
    description:
      'Deletes what lies in the mailbox of the session’s device up to a cursor, and gives how many envelopes went. Doing it again deletes nothing. No device: FORBIDDEN, DEVICE_REQUIRED.',
  })
  acknowledgeMailbox(
    @CurrentViewer() viewer: Viewer,
    @Args('upTo', {
      type: () => Cursor,
      description: 'The cursor stored with the last page. Beyond the end of the mailbox: BAD_USER_INPUT, BAD_CURSOR.',
    })
    upTo: string,
  ): Promise<number> {
    return this.mailboxes.acknowledge(viewer, upTo);
  }

  @Query(() => MailboxPage, {
    description:
      'A page of the mailbox of the session’s device after a cursor; without one, from the first that is not acknowledged. No device: FORBIDDEN, DEVICE_REQUIRED.',
  })
  mailbox(
    @CurrentViewer() viewer: Viewer,
    @Args('after', { type: () => Cursor, nullable: true, description: '`cursor` of the page before.' })
    after: string | null | undefined,
    @Args('first', {
      type: () => Int,
      nullable: true,
      defaultValue: 100,
      description: '1 to 100 envelopes; a page of large bodies holds fewer.',
    })
    first: number | null,
  ): Promise<MailboxPage> {
    return this.mailboxes.page(viewer, after, pageSize(first, PAGE_ENTRIES, 'first') ?? PAGE_ENTRIES);
  }

  @Subscription(() => MailboxPage, {
    name: 'mailbox',
    description:
      'Replays the mailbox of the session’s device after the cursor, then follows it live, without a gap. No cursor: everything not acknowledged. Ephemeral envelopes come here and nowhere else. Each subscription of a device gets everything. No device: FORBIDDEN, DEVICE_REQUIRED.',
  })
  followMailbox(
    @CurrentViewer() viewer: Viewer,
    @Args('after', { type: () => Cursor, nullable: true, description: 'The cursor stored with the last page.' })
    after?: string | null,
  ) {
    return this.mailboxes.follow(viewer, after);
  }
}

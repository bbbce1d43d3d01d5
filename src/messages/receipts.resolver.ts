import { Args, Context, Int, Mutation, Parent, ResolveField, Resolver, Subscription } from '@nestjs/graphql';
import { CurrentViewer, type Viewer } from '../auth/viewer.js';
import { ChannelMember } from '../channels/channel.type.js';
import type { MemberRow } from '../channels/membership.queries.js';
import type { OperationContext } from '../graphql/operation-context.js';
import { AdvanceReceiptInput } from './message.inputs.js';
import { ReceiptPage } from './receipt.type.js';
import { LiveReceipts } from './receipts.live.js';
import { Receipts, told } from './receipts.service.js';

@Resolver(() => ChannelMember)
export class ReceiptsResolver {
  constructor(
    private readonly receipts: Receipts,
    private readonly live: LiveReceipts,
  ) {}

  @Mutation(() => ChannelMember, {
    description:
      'Says how far the viewer has received and read a channel, on any device; never takes anything back. Others see what was read unless one of the two has `readReceipts` off. Beyond the head: BAD_USER_INPUT; not a member: NOT_FOUND.',
  })
  advanceReceipt(
    @CurrentViewer() viewer: Viewer,
    @Args('input', { description: 'How far.' }) input: AdvanceReceiptInput,
  ) {
    return this.receipts.advance(viewer, input);
  }

  @ResolveField(() => Int, {
    nullable: true,
    description: 'The member has received everything up to this place; null: nothing yet.',
  })
  deliveredSeq(@Parent() member: MemberRow) {
    return told(member.deliveredSeq);
  }

  @ResolveField(() => Int, {
    nullable: true,
    description:
      'The member has read everything up to this place; null: nothing yet, or the member or the viewer has `readReceipts` off. One’s own is always shown.',
  })
  readSeq(@Parent() member: MemberRow, @CurrentViewer() viewer: Viewer, @Context() context: OperationContext) {
    return this.receipts.readSeqOf(context, viewer, member);
  }

  @Subscription(() => ReceiptPage, {
    name: 'receipts',
    description:
      'Receipts that move, of all channels the viewer is in, the viewer’s own included. At most once and of each member the newest: the current state stands in `Channel.members`.',
  })
  followReceipts(@CurrentViewer() viewer: Viewer) {
    return this.live.follow(viewer);
  }
}

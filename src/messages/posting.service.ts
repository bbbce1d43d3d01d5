import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { uploaderScope } from '../attachments/uploader-scope.js';
import type { Viewer } from '../auth/viewer.js';
import { ChannelAccess } from '../channels/channel.access.js';
import { SECRETS, type Secrets } from '../config/secrets.js';
import { badInput } from '../errors/lethe-error.js';
import { Limits } from '../limits/limits.service.js';
import { placeOfEntry } from '../realtime/entry-id.js';
import { EntryKind } from '../realtime/log-entry.js';
import { Appender, type NewDraft } from './appender.js';
import type { Draft } from './append.queries.js';
import type { PostedMessage } from './log.type.js';
import type { EditMessageInput, PostMessageInput, ReactInput } from './message.inputs.js';
import { placed } from './placed.js';

/** Takes messages, edits and reactions in. The viewer is asked for and forgotten: what is written does not name them. */
@Injectable()
export class Posting {
  constructor(
    private readonly access: ChannelAccess,
    private readonly appender: Appender,
    private readonly limits: Limits,
    @Inject(SECRETS) private readonly secrets: Secrets,
  ) {}

  async post(viewer: Viewer, input: PostMessageInput): Promise<PostedMessage> {
    await this.limits.take('posts', viewer.accountId);
    return this.append(viewer, 'input.refersTo', {
      ...sealedIn(input),
      kind: EntryKind.MESSAGE,
      channelId: input.channelId,
      refersTo: typeof input.refersTo === 'string' ? seqOf(input.refersTo, input.channelId) : null,
      authorTag: input.authorTag ?? null,
      ttlSeconds: input.expiresInSeconds ?? null,
      ...this.attachmentsOf(viewer.accountId, input.attachmentIds ?? []),
    });
  }

  async react(viewer: Viewer, input: ReactInput): Promise<PostedMessage> {
    await this.limits.take('reactions', viewer.accountId);
    return this.append(viewer, 'input.refersTo', {
      ...sealedIn(input),
      kind: EntryKind.REACTION,
      channelId: input.channelId,
      refersTo: seqOf(input.refersTo, input.channelId),
      authorTag: input.authorTag ?? null,
    });
  }

  async edit(viewer: Viewer, input: EditMessageInput): Promise<PostedMessage> {
    await this.limits.take('edits', viewer.accountId);
    const { channelId, seq } = placeOfEntry(input.messageId, 'input.messageId');
    return this.append(viewer, 'input.messageId', {
      ...sealedIn(input),
      kind: EntryKind.EDIT,
      channelId,
      refersTo: seq,
      authorProof: proofOf(input.authorSecret),
    });
  }

  private async append(
    viewer: Viewer,
    at: string,
    draft: Omit<NewDraft, 'accountId' | 'senderScope'>,
  ): Promise<PostedMessage> {
    const { accountId } = viewer;
    const { channelId } = draft;
    const senderScope = this.secrets.keyedHash('sender', accountId, channelId);
    const decision = await this.appender.append({ ...draft, accountId, senderScope });
    // Asks only who was refused: they may be in the channel's server and see that it exists.
    if (decision.outcome === 'absent') await this.access.require(viewer, 'post', channelId);
    return placed(channelId, decision, at);
  }

  private attachmentsOf(accountId: string, ids: string[]): Pick<Draft, 'attachments'> {
    if (ids.length === 0) return {};
    const files = ids.map((id) => ({ id, uploaderScope: uploaderScope(this.secrets, accountId, id) }));
    return { attachments: { digest: createHash('sha256').update(ids.join()).digest(), files } };
  }
}

/** What an author shows of their secret. */
export const proofOf = (authorSecret: Buffer): Buffer => createHash('sha256').update(authorSecret).digest();

/** What messages, edits and reactions have in common, and nothing of what only some of them have. */
const sealedIn = ({
  clientMessageId,
  epoch,
  sealedBody,
}: Pick<NewDraft, 'clientMessageId' | 'epoch' | 'sealedBody'>) => ({
  clientMessageId,
  epoch,
  sealedBody,
  authorTag: null,
  authorProof: null,
  ttlSeconds: null,
});

function seqOf(id: string, channelId: string): number {
  const place = placeOfEntry(id, 'input.refersTo');
  if (place.channelId !== channelId) throw badInput('input.refersTo', 'An entry of another channel.');
  return place.seq;
}

import { timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { AttachmentReleases } from '../attachments/attachment-releases.js';
import type { Viewer } from '../auth/viewer.js';
import { allows, ChannelAccess } from '../channels/channel.access.js';
import type { ChannelState } from '../channels/channels.queries.js';
import { lockHead } from '../channels/membership.queries.js';
import { Clock } from '../config/clock.js';
import { badInput, LetheError, notFound } from '../errors/lethe-error.js';
import { Limits } from '../limits/limits.service.js';
import { placeOfEntry } from '../realtime/entry-id.js';
import { EntryKind, type LogEntry } from '../realtime/log-entry.js';
import { Topics } from '../realtime/topics.js';
import type { RetractInput } from './message.inputs.js';
import { messageExpired, noAuthorTag, wrongAuthorSecret } from './placed.js';
import { proofOf } from './posting.service.js';
import { appendRetraction, retractionOf, retractionTarget } from './retraction.queries.js';

/** Takes messages and reactions back. Nobody learns who did: the author, by a secret, or a moderator, by their role. */
@Injectable()
export class Retracting {
  constructor(
    private readonly dataSource: DataSource,
    private readonly access: ChannelAccess,
    private readonly releases: AttachmentReleases,
    private readonly limits: Limits,
    private readonly topics: Topics,
    private readonly clock: Clock,
  ) {}

  async retract(viewer: Viewer, { messageId, authorSecret }: RetractInput): Promise<LogEntry> {
    const { channelId, seq } = placeOfEntry(messageId, 'input.messageId');
    await this.limits.take('retractions', viewer.accountId);
    const { retraction, takeAway } = await this.dataSource.transaction(async (manager) => {
      // Of what is done at the same moment the lock makes a before and an after: nobody edits what is retracted.
      await lockHead(manager, channelId);
      const channel = await this.access.require(viewer, 'read', channelId, manager);
      const retraction = await this.retractUnderLock(manager, viewer, channel, seq, authorSecret ?? undefined);
      return { retraction, takeAway: await this.releases.ofMessage(manager, channelId, seq) };
    });
    takeAway();
    this.topics.publish('log-grew', { heads: [[channelId, retraction.seq]] });
    return retraction;
  }

  private async retractUnderLock(
    manager: EntityManager,
    viewer: Viewer,
    channel: ChannelState,
    seq: number,
    authorSecret: Buffer | undefined,
  ): Promise<LogEntry> {
    const channelId = channel.id;
    const target = await retractionTarget(manager, viewer.accountId, channelId, seq);
    if (!target) throw notFound();
    if (target.kind !== EntryKind.MESSAGE && target.kind !== EntryKind.REACTION)
      throw badInput('input.messageId', 'Neither a message nor a reaction.');
    if (target.expiresAt && target.expiresAt <= this.clock.now()) throw messageExpired();
    const known = target.isBlank && (await retractionOf(manager, channelId, seq));
    if (known) return known;
    if (authorSecret) holdAgainst(target.authorTag, authorSecret);
    else if (!allows('moderate', channel))
      throw new LetheError('FORBIDDEN', 'Show the secret of its author.', { reason: 'RIGHT_MISSING' });
    return appendRetraction(manager, channelId, seq, this.clock.now());
  }
}

function holdAgainst(authorTag: Buffer | null, authorSecret: Buffer): void {
  if (!authorTag) throw noAuthorTag();
  if (!timingSafeEqual(proofOf(authorSecret), authorTag)) throw wrongAuthorSecret();
}

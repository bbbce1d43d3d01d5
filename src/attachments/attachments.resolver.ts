import { Args, Context, Extensions, Mutation, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { CurrentViewer, type Viewer } from '../auth/viewer.js';
import { IdArg } from '../graphql/input-rules.js';
import type { OperationContext } from '../graphql/operation-context.js';
import { PER_VIEWER } from '../realtime/operation-shape.js';
import { Attachment, Upload } from './attachment.type.js';
import type { StoredAttachment } from './attachments.queries.js';
import { Attachments } from './attachments.service.js';
import { Downloads } from './downloads.js';
import { RequestUploadInput } from './request-upload.input.js';

@Resolver(() => Attachment)
export class AttachmentsResolver {
  constructor(
    private readonly attachments: Attachments,
    private readonly downloads: Downloads,
  ) {}

  @Query(() => Attachment, {
    description:
      'An attachment of a message the viewer may see, or one of their own that waits. Expired, deleted, not a member (any more): NOT_FOUND.',
  })
  attachment(@CurrentViewer() viewer: Viewer, @IdArg('id', { description: 'The attachment.' }) id: string) {
    return this.attachments.get(viewer, id);
  }

  @Mutation(() => Upload, {
    description:
      'Announces an encrypted file for a channel and says how to upload it. What is not attached within 24 hours is deleted. Not a member: NOT_FOUND; 50 files and 1 GiB an hour: RATE_LIMITED.',
  })
  requestUpload(
    @CurrentViewer() viewer: Viewer,
    @Args('input', { description: 'The file.' }) input: RequestUploadInput,
    @Context() { host }: OperationContext,
  ) {
    return this.attachments.requestUpload(viewer, input, host);
  }

  @Mutation(() => Attachment, {
    description:
      'Says that the file is uploaded; the relay looks whether the store has it, and it becomes READY. May be repeated. Not there, or another file: CONFLICT, UPLOAD_INCOMPLETE; when it cannot be uploaded any more, EXPIRED, UPLOAD_EXPIRED. The store is away: UNAVAILABLE, STORE_DOWN; 100 an hour that find it PENDING: RATE_LIMITED. Only for the uploader: others get FORBIDDEN or NOT_FOUND.',
  })
  completeUpload(@CurrentViewer() viewer: Viewer, @IdArg('id', { description: 'The attachment.' }) id: string) {
    return this.attachments.complete(viewer, id);
  }

  @Mutation(() => Boolean, {
    description:
      'Deletes an attachment; its message no longer lists it. For its uploader, within 30 days of the upload: after that nobody can tell who it was. Others who may see it: FORBIDDEN, RIGHT_MISSING.',
  })
  deleteAttachment(@CurrentViewer() viewer: Viewer, @IdArg('id', { description: 'The attachment.' }) id: string) {
    return this.attachments.delete(viewer, id);
  }

  @Extensions(PER_VIEWER)
  @ResolveField(() => String, {
    nullable: true,
    description:
      'An address that gives the file by GET for 5 minutes, whole or by `Range`. Null while PENDING, and for who is no member any more. Leave it out of live operations: it keeps them from being shared.',
  })
  async downloadUrl(
    @CurrentViewer() { accountId }: Viewer,
    @Context() { host }: OperationContext,
    @Parent() attachment: StoredAttachment,
  ) {
    return (await this.downloads.load({ accountId, host, attachment }))?.url;
  }

  @Extensions(PER_VIEWER)
  @ResolveField(() => Date, { nullable: true, description: 'When `downloadUrl` stops working.' })
  async downloadUrlExpiresAt(
    @CurrentViewer() { accountId }: Viewer,
    @Context() { host }: OperationContext,
    @Parent() attachment: StoredAttachment,
  ) {
    return (await this.downloads.load({ accountId, host, attachment }))?.expiresAt;
  }
}

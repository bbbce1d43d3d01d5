import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { AccountClosings } from '../auth/account-closings.js';
import { SECRETS, type Secrets } from '../config/secrets.js';
import { deleteAttachments, unattachedAround } from './attachments.queries.js';
import { BLOB_STORE, type BlobStore } from './blob-store.js';
import { uploaderScope } from './uploader-scope.js';

/** With an account goes what it uploaded and did not attach. What is attached stays with its message, as nobody's. */
@Injectable()
export class AttachmentClosings implements OnModuleInit {
  constructor(
    private readonly closings: AccountClosings,
    @Inject(SECRETS) private readonly secrets: Secrets,
    @Inject(BLOB_STORE) private readonly store: BlobStore,
  ) {}

  onModuleInit(): void {
    this.closings.onClosing(async (manager, accountId) => {
      const waiting = await unattachedAround(manager, accountId);
      const own = waiting.filter((one) => one.uploaderScope.equals(uploaderScope(this.secrets, accountId, one.id)));
      const keys = await deleteAttachments(
        manager,
        own.map(({ id }) => id),
      );
      // If the store is away: the objects are on the list of those to delete.
      return () => void this.store.delete(keys).catch(() => undefined);
    });
  }
}

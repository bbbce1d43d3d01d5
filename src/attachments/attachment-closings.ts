import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { AccountClosings } from '../auth/account-closings.js';
import { SECRETS, type Secrets } from '../config/secrets.js';
import { AttachmentReleases } from './attachment-releases.js';
import { unattachedAround } from './attachments.queries.js';
import { uploaderScope } from './uploader-scope.js';

/** With an account goes what it uploaded and did not attach. What is attached stays with its message, as nobody's. */
@Injectable()
export class AttachmentClosings implements OnModuleInit {
  constructor(
    private readonly closings: AccountClosings,
    private readonly releases: AttachmentReleases,
    @Inject(SECRETS) private readonly secrets: Secrets,
  ) {}

  onModuleInit(): void {
    this.closings.onClosing(async (manager, accountId) => {
      const waiting = await unattachedAround(manager, accountId);
      const own = waiting.filter((one) => one.uploaderScope.equals(uploaderScope(this.secrets, accountId, one.id)));
      return this.releases.ofThese(
        manager,
        own.map(({ id }) => id),
      );
    });
  }
}

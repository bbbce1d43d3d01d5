import { Inject, Injectable } from '@nestjs/common';
import DataLoader from 'dataloader';
import { Clock } from '../config/clock.js';
import { Pools } from '../database/pools.js';
import { AttachmentState } from './attachment.type.js';
import type { StoredAttachment } from './attachments.queries.js';
import { BLOB_STORE, type BlobStore } from './blob-store.js';

const DOWNLOAD_MS = 5 * 60_000;

export interface Download {
  url: string;
  expiresAt: Date;
}

interface Asked {
  accountId: string;
  host: string | undefined;
  attachment: StoredAttachment;
}

const MEMBERS = `
  SELECT DISTINCT m.account_id AS "accountId", m.channel_id AS "channelId"
  FROM unnest($1::uuid[], $2::uuid[]) AS asked (account_id, channel_id)
  JOIN channel_members m ON m.account_id = asked.account_id AND m.channel_id = asked.channel_id AND m.left_seq IS NULL`;

/**
 * Addresses of files, for those who are members at that moment: a follower that lags may still be shown messages from
 * before it left, but gets no files any more. One query for all that are asked for in the same turn.
 */
@Injectable()
export class Downloads {
  private readonly loader = new DataLoader((asked: readonly Asked[]) => this.of(asked), {
    cache: false,
    maxBatchSize: 1_000,
  });

  constructor(
    private readonly pools: Pools,
    private readonly clock: Clock,
    @Inject(BLOB_STORE) private readonly store: BlobStore,
  ) {}

  /** Null: nothing is stored yet, or the account is no member any more. */
  load(asked: Asked): Promise<Download | null> {
    return asked.attachment.state === AttachmentState.PENDING ? Promise.resolve(null) : this.loader.load(asked);
  }

  private async of(asked: readonly Asked[]): Promise<(Download | null)[]> {
    const { rows } = await this.pools.read.query<{ accountId: string; channelId: string }>({
      name: 'members-among',
      text: MEMBERS,
      values: [asked.map(({ accountId }) => accountId), asked.map(({ attachment }) => attachment.channelId)],
    });
    const members = new Set(rows.map(({ accountId, channelId }) => `${accountId} ${channelId}`));
    const expiresAt = new Date(this.clock.now().getTime() + DOWNLOAD_MS);
    return Promise.all(
      asked.map(async ({ accountId, host, attachment: { channelId, objectKey } }) =>
        members.has(`${accountId} ${channelId}`)
          ? { url: await this.store.signDownload(objectKey, expiresAt, host), expiresAt }
          : null,
      ),
    );
  }
}

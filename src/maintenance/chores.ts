import type { Type } from '@nestjs/common';
import {
  countDeletedObjects,
  countExpiredAttachments,
  countOrphanedAttachments,
  countUploadersToForget,
  forgetUploaders,
} from '../attachments/attachment-upkeep.queries.js';
import { AttachmentUpkeep } from '../attachments/attachment-upkeep.service.js';
import {
  countExpiredSecurityEvents,
  countExpiredSessions,
  expireSecurityEvents,
  expireSessions,
} from '../auth/expiry.queries.js';
import { countDeletedChannelRows, eraseDeletedChannels } from '../channels/deletion.queries.js';
import type { Queryable } from '../database/queryable.js';
import { countPreKeysToForget, countReminders, forgetPreKeys } from '../keys/pre-key-upkeep.queries.js';
import { PreKeyReminders } from '../keys/pre-key-reminders.service.js';
import {
  countExpiredEnvelopes,
  countForgettableMailboxRetryKeys,
  expireMailbox,
  forgetMailboxRetryKeys,
} from '../mailbox/losing.queries.js';
import {
  countEntriesToTrim,
  countExpiredMessages,
  countSendersToForget,
  expireMessages,
  forgetSenders,
  trimLogs,
} from '../messages/expiry.queries.js';
import { countHiddenToForget, forgetHidden } from '../messages/hiding.queries.js';
import { countExpiredInvites, deleteExpiredInvites } from '../servers/invites.queries.js';
import { countChoreRunsToForget, forgetChoreRuns } from './chore-runs.queries.js';

/** Gives a provider of any module. */
export type GetService = <T>(service: Type<T>) => T;

/** What a batch comes to, where the number alone does not say whether anything is left. */
export interface Batch {
  affected: number;
  goesOn: boolean;
}

/** Work that is done on a clock. The module that owns the data says how, in a `*.queries.ts` or a service of its own. */
export interface Chore {
  name: string;
  /** Cron (minute, hour, day of month, month, day of week), in UTC. */
  schedule: string;
  /** What goes and why, for administrators and `docs/chores.md`. */
  description: string;
  /** What one statement may take: it should be done well within a second, whatever the rows hold. */
  batchSize: number;
  /** Does at most `limit` and says how much. Less than `limit` means that nothing is left, unless it says otherwise. */
  batch(database: Queryable, now: Date, limit: number, service: GetService): Promise<number | Batch>;
  /** What is due now: what a run would come to. Changes nothing. */
  count(database: Queryable, now: Date, service: GetService): Promise<number>;
}

/**
 * All there are. A new one is a row here and its batch and count function in the module that owns the data; schedule,
 * lock, runs, log line, `runChore` and `docs/chores.md` follow from the row.
 */
export const chores: Chore[] = [
  {
    name: 'expire-messages',
    schedule: '* * * * *',
    description:
      'Erases the bodies and author tags of messages past their time. The places stay, so that followers are told of a gap. By then nobody is shown them any more; this takes them out of storage as well.',
    batchSize: 2_000,
    batch: expireMessages,
    count: countExpiredMessages,
  },
  {
    name: 'forget-hidden-messages',
    schedule: '12 * * * *',
    description: 'Deletes what hid messages from accounts, of messages past their time.',
    batchSize: 2_000,
    batch: forgetHidden,
    count: countHiddenToForget,
  },
  {
    name: 'forget-senders',
    schedule: '7 * * * *',
    description:
      'Erases what recognises a message that is posted again (the keyed hash of its sender and the id from the client), 30 days after it was posted. Then nothing tells two senders apart.',
    batchSize: 2_000,
    batch: forgetSenders,
    count: countSendersToForget,
  },
  {
    name: 'trim-log-heads',
    schedule: '17 * * * *',
    description:
      'Deletes the places a log begins with, once they are purged and forgotten and everything before them is too; changes of membership among them when they are 30 days old. The floor of the log rises over them.',
    batchSize: 1_000,
    batch: trimLogs,
    count: countEntriesToTrim,
  },
  {
    name: 'erase-deleted-channels',
    schedule: '* * * * *',
    description:
      'Erases the logs and memberships of channels that were deleted, or left by their last member. By then nobody reads them any more.',
    batchSize: 2_000,
    batch: eraseDeletedChannels,
    count: countDeletedChannelRows,
  },
  {
    name: 'expire-invites',
    schedule: '22 * * * *',
    description: 'Deletes invites that are past their time or used up.',
    batchSize: 1_000,
    batch: deleteExpiredInvites,
    count: countExpiredInvites,
  },
  {
    name: 'expired-attachments',
    schedule: '* * * * *',
    description:
      'Deletes files that have had their time, as the messages they were attached to: the object first, then the row.',
    batchSize: 100,
    batch: (database, now, limit, service) => service(AttachmentUpkeep).deleteExpired(database, now, limit),
    count: countExpiredAttachments,
  },
  {
    name: 'orphaned-attachments',
    schedule: '12 * * * *',
    description: 'Deletes files that nobody attached to a message within 24 hours: the object first, then the row.',
    batchSize: 100,
    batch: (database, now, limit, service) => service(AttachmentUpkeep).deleteOrphaned(database, now, limit),
    count: countOrphanedAttachments,
  },
  {
    name: 'deleted-objects',
    schedule: '*/5 * * * *',
    description:
      'Deletes objects whose attachments are gone, by their uploader, with their message, channel or account; and again when nobody can upload them anew. On disk also what uploads left behind whose process was killed.',
    batchSize: 100,
    batch: (database, now, limit, service) => service(AttachmentUpkeep).deleteObjects(database, now, limit),
    count: countDeletedObjects,
  },
  {
    name: 'forget-uploaders',
    schedule: '42 * * * *',
    description:
      'Erases the keyed hash by which the uploader of an attachment is recognised, 30 days after it was requested.',
    batchSize: 2_000,
    batch: forgetUploaders,
    count: countUploadersToForget,
  },
  {
    name: 'expire-mailbox',
    schedule: '2 * * * *',
    description:
      'Deletes envelopes that no device has acknowledged in 30 days. The device is told that something is gone. By then it is shown them no more; this takes them out of storage as well.',
    batchSize: 1_000,
    batch: expireMailbox,
    count: countExpiredEnvelopes,
  },
  {
    name: 'forget-deliveries',
    schedule: '32 * * * *',
    description:
      'Deletes what recognises a delivery that is made again (keyed hashes that name neither sender nor recipient), on the first day that lies wholly 30 days after it.',
    batchSize: 5_000,
    batch: forgetMailboxRetryKeys,
    count: countForgettableMailboxRetryKeys,
  },
  {
    name: 'expire-sessions',
    schedule: '27 * * * *',
    description:
      'Deletes refresh tokens and sessions past their time, and what remembers an ended session until its last access token has expired.',
    batchSize: 1_000,
    batch: expireSessions,
    count: countExpiredSessions,
  },
  {
    name: 'expire-security-events',
    schedule: '37 * * * *',
    description: 'Deletes what happened to accounts more than 90 days ago.',
    batchSize: 2_000,
    batch: expireSecurityEvents,
    count: countExpiredSecurityEvents,
  },
  {
    name: 'forget-pre-keys',
    schedule: '47 * * * *',
    description:
      'Deletes ids and hashes of prekeys that were handed out or replaced more than 90 days ago. They kept an id from coming to mean another key while messages for the old one were under way.',
    batchSize: 2_000,
    batch: forgetPreKeys,
    count: countPreKeysToForget,
  },
  {
    name: 'watch-prekeys',
    schedule: '52 * * * *',
    description:
      'Reminds devices that are in use, once a day, of prekeys that have run low and of a signed prekey that is 10 days old.',
    batchSize: 500,
    batch: (database, now, limit, service) => service(PreKeyReminders).remind(database, now, limit),
    count: countReminders,
  },
  {
    name: 'forget-chore-runs',
    schedule: '57 * * * *',
    description: 'Deletes the rows that runs of chores have left more than 90 days ago.',
    batchSize: 2_000,
    batch: forgetChoreRuns,
    count: countChoreRunsToForget,
  },
];

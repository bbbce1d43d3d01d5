import type { DataSource, EntityManager } from 'typeorm';
import type { BlobStore } from './attachments/blob-store.js';
import { compareFiles, type ComparedFiles } from './attachments/restoring.queries.js';
import { endAllSessions } from './auth/sessions.queries.js';
import { leaveEpochsBehind } from './channels/restoring.queries.js';
import { RELAY } from './database/data-source-options.js';
import { Deployment } from './database/deployment.js';
import { distrustPreKeys } from './keys/restoring.queries.js';
import { leavePositionsBehind } from './mailbox/restoring.queries.js';
import { revokeInvites } from './servers/restoring.queries.js';

export interface Restored {
  sessions: number;
  preKeys: number;
  channels: number;
  mailboxes: number;
  invites: number;
  files: ComparedFiles;
}

/**
 * What a database needs before it serves anybody again after a backup came back, all or nothing. A backup is a memory
 * of a past moment: whatever was revoked, used up or handed out since then is forgotten in it.
 *
 * Undefined: relays are running. They know the old life, and would go on handing out its cursors.
 */
export function restored(dataSource: DataSource, store: BlobStore, now: Date): Promise<Restored | undefined> {
  return dataSource.transaction(async (manager) => {
    // Large tables are rewritten while nobody waits for them.
    await manager.query('SET LOCAL statement_timeout = 0');
    if (await relaysAreRunning(manager)) return undefined;
    await Deployment.beginAnew(manager);
    return {
      sessions: await endAllSessions(manager, now),
      preKeys: await distrustPreKeys(manager, now),
      channels: await leaveEpochsBehind(manager),
      mailboxes: await leavePositionsBehind(manager),
      invites: await revokeInvites(manager),
      files: await compareFiles(manager, store.keys(), now),
    };
  });
}

async function relaysAreRunning(manager: EntityManager): Promise<boolean> {
  const rows = await manager.query<unknown[]>(
    `SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = $1 LIMIT 1`,
    [RELAY],
  );
  return rows.length > 0;
}

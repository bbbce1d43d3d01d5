import type { DataSource, EntityManager } from 'typeorm';
import { endAllSessions } from './auth/sessions.queries.js';
import { leaveEpochsBehind } from './channels/restoring.queries.js';
import { RELAY } from './database/data-source-options.js';
import { Deployment } from './database/deployment.js';
import { distrustPreKeys } from './keys/restoring.queries.js';

export interface Restored {
  sessions: number;
  preKeys: number;
  channels: number;
}

/**
 * What a database needs before it serves anybody again after a backup came back, all or nothing. A backup is a memory
 * of a past moment: whatever was revoked, used up or handed out since then is forgotten in it.
 *
 * Undefined: relays are running. They know the old life, and would go on handing out its cursors.
 */
export function restored(dataSource: DataSource, now: Date): Promise<Restored | undefined> {
  return dataSource.transaction(async (manager) => {
    // Large tables are rewritten while nobody waits for them.
    await manager.query('SET LOCAL statement_timeout = 0');
    if (await relaysAreRunning(manager)) return undefined;
    await Deployment.beginAnew(manager);
    return {
      sessions: await endAllSessions(manager, now),
      preKeys: await distrustPreKeys(manager, now),
      channels: await leaveEpochsBehind(manager),
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

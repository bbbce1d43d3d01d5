import type { DataSourceOptions } from 'typeorm';
import { Spine1700000000001 } from '../../migrations/0001-spine.js';
import { SecuringAccounts1700000000002 } from '../../migrations/0002-securing-accounts.js';
import { Servers1700000000003 } from '../../migrations/0003-servers.js';
import { Attachments1700000000004 } from '../../migrations/0004-attachments.js';
import { Maintenance1700000000005 } from '../../migrations/0005-maintenance.js';
import { LifeOfMessages1700000000006 } from '../../migrations/0006-life-of-messages.js';
import { Mailbox1700000000007 } from '../../migrations/0007-mailbox.js';
import { Presence1700000000008 } from '../../migrations/0008-presence.js';

/** Seconds-long waits are faults here: a stuck statement must not hold a head's lock or a pool's place. */
export const sessionTimeouts = {
  statement_timeout: 3_000,
  lock_timeout: 2_000,
  idle_in_transaction_session_timeout: 5_000,
  connectionTimeoutMillis: 3_000,
};

/** What a running relay calls itself in `pg_stat_activity`; of its connections one is always open. */
export const RELAY = 'lethe';

/** Connections of everything that has no pool of its own. */
export const GENERAL_CONNECTIONS = 10;

export function dataSourceOptions(url: string, applicationName = RELAY): DataSourceOptions {
  return {
    type: 'postgres',
    url,
    migrations: [
      Spine1700000000001,
      SecuringAccounts1700000000002,
      Servers1700000000003,
      Attachments1700000000004,
      Maintenance1700000000005,
      LifeOfMessages1700000000006,
      Mailbox1700000000007,
      Presence1700000000008,
    ],
    migrationsTableName: 'migrations',
    migrationsTransactionMode: 'each',
    logging: false,
    extra: { ...sessionTimeouts, max: GENERAL_CONNECTIONS, application_name: applicationName },
    // The pool replaces a connection that broke while idle; without a listener the process would end.
    poolErrorHandler: () => undefined,
  };
}

import type { EntityManager } from 'typeorm';

/** More envelopes than any mailbox is sent between a backup and the day it is needed. */
const POSITIONS_APART = 1_000_000;

/**
 * Positions that were given after a backup are forgotten with it. Were they given anew, two envelopes would have one id,
 * and a device that knows the one would take the other for it. So every queue goes on far above, those that had nothing
 * yet, too; what lies there goes along; and what is between counts as lost, as it is. Gives how many mailboxes there are.
 */
export async function leavePositionsBehind(manager: EntityManager): Promise<number> {
  await manager.query(
    'INSERT INTO mailboxes (device_id) SELECT id FROM devices WHERE active ORDER BY id ON CONFLICT DO NOTHING',
  );
  await manager.query('UPDATE mailbox_entries SET position = position + $1', [POSITIONS_APART]);
  const [, mailboxes] = await manager.query<[unknown[], number]>(
    `UPDATE mailboxes SET last_position = last_position + $1,
       lost_position = greatest(acknowledged_position, lost_position) + $1`,
    [POSITIONS_APART],
  );
  return mailboxes;
}

import type { EntityManager } from 'typeorm';

/** More changes of membership than any channel sees between a backup and the day it is needed. */
const EPOCHS_APART = 1_000_000;

/**
 * Epochs that were counted after a backup are forgotten with it, and clients still hold keys for them. Were they counted
 * anew, one number would mean two sets of members, and a body sealed for the one would pass for the other. So every
 * channel goes on far above, and takes nothing that was sealed before. Gives how many channels there are.
 */
export async function leaveEpochsBehind(manager: EntityManager): Promise<number> {
  const [, channels] = await manager.query<[unknown[], number]>(
    'UPDATE channel_heads SET epoch = epoch + $1, min_epoch = epoch + $1',
    [EPOCHS_APART],
  );
  return channels;
}

import type { EntityManager } from 'typeorm';

/** Uses and revocations since a backup are forgotten with it, so all invites go. Gives how many there were. */
export async function revokeInvites(manager: EntityManager): Promise<number> {
  const [, invites] = await manager.query<[unknown[], number]>('DELETE FROM server_invites');
  return invites;
}

import { randomUUID } from 'node:crypto';
import type { DataSource, EntityManager } from 'typeorm';

/** Names the life of this database; part of every cursor, changed when a backup is restored. */
export class Deployment {
  constructor(readonly epoch: Buffer) {}

  static async read(dataSource: DataSource): Promise<Deployment> {
    const [row] = await dataSource.query<{ epoch: string }[]>('SELECT epoch FROM deployment');
    if (!row) throw new Error('The table "deployment" is empty; restore its one row.');
    return new Deployment(Buffer.from(row.epoch.replaceAll('-', ''), 'hex'));
  }

  /** Begins another life: cursors of the one before are answered STREAM_RESET. */
  static async beginAnew(manager: EntityManager): Promise<void> {
    await manager.query('UPDATE deployment SET epoch = $1', [randomUUID()]);
  }
}

import type { DataSource } from 'typeorm';

/** Names the life of this database; part of every cursor, changed when a backup is restored. */
export class Deployment {
  constructor(readonly epoch: Buffer) {}

  static async read(dataSource: DataSource): Promise<Deployment> {
    const [row] = await dataSource.query<{ epoch: string }[]>('SELECT epoch FROM deployment');
    if (!row) throw new Error('The table "deployment" is empty; restore its one row.');
    return new Deployment(Buffer.from(row.epoch.replaceAll('-', ''), 'hex'));
  }
}

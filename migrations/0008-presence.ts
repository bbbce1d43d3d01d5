import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Presence1700000000008 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE account_presence (
        account_id uuid CONSTRAINT account_presence_pkey PRIMARY KEY
          CONSTRAINT account_presence_account_fkey REFERENCES accounts (id) ON DELETE CASCADE,
        hidden boolean NOT NULL DEFAULT false,
        shows_last_active boolean NOT NULL DEFAULT true,
        last_active_at timestamptz(3)
      );
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE account_presence;');
  }
}

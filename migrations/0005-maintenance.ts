import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Maintenance1700000000005 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE chore_runs (
        id uuid CONSTRAINT chore_runs_pkey PRIMARY KEY,
        chore text NOT NULL,
        slot timestamptz(3),
        outcome text NOT NULL,
        dry_run boolean NOT NULL,
        affected integer NOT NULL DEFAULT 0,
        started_at timestamptz(3) NOT NULL,
        finished_at timestamptz(3),
        error text
      );
      CREATE UNIQUE INDEX chore_runs_slot_key ON chore_runs (chore, slot);
      CREATE UNIQUE INDEX chore_runs_running_key ON chore_runs (chore) WHERE outcome = 'RUNNING';
      CREATE INDEX chore_runs_chore_idx ON chore_runs (chore, id);
      CREATE INDEX chore_runs_started_at_idx ON chore_runs (started_at);

      CREATE TABLE relay_processes (
        id uuid CONSTRAINT relay_processes_pkey PRIMARY KEY,
        open_sockets integer NOT NULL,
        seen_at timestamptz(3) NOT NULL
      );

      CREATE TABLE trimmable_logs (channel_id uuid CONSTRAINT trimmable_logs_pkey PRIMARY KEY);

      ALTER TABLE devices ADD COLUMN reminded_at timestamptz(3);

      -- What each chore looks for, and nothing else: rows leave these indexes when the chore has done them.
      CREATE INDEX channel_entries_expires_at_idx ON channel_entries (expires_at) WHERE sealed_body IS NOT NULL AND expires_at IS NOT NULL;
      CREATE INDEX channel_entries_sender_idx ON channel_entries (created_at) WHERE sender_scope IS NOT NULL;
      CREATE INDEX sessions_expires_at_idx ON sessions (expires_at);
      CREATE INDEX sessions_last_used_at_idx ON sessions (last_used_at);
      CREATE INDEX refresh_tokens_expires_at_idx ON refresh_tokens (expires_at);
      CREATE INDEX handed_out_pre_keys_handed_out_at_idx ON handed_out_pre_keys (handed_out_at);

      -- An erased body stays on the disk until VACUUM has come by. By default that waits for a fifth of the table.
      ALTER TABLE channel_entries SET (autovacuum_vacuum_scale_factor = 0.02, toast.autovacuum_vacuum_scale_factor = 0.02);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE channel_entries RESET (autovacuum_vacuum_scale_factor, toast.autovacuum_vacuum_scale_factor);
      DROP INDEX handed_out_pre_keys_handed_out_at_idx, refresh_tokens_expires_at_idx, sessions_last_used_at_idx,
        sessions_expires_at_idx, channel_entries_sender_idx, channel_entries_expires_at_idx;
      ALTER TABLE devices DROP COLUMN reminded_at;
      DROP TABLE trimmable_logs, relay_processes, chore_runs;
    `);
  }
}

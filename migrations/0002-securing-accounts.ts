import type { MigrationInterface, QueryRunner } from 'typeorm';

export class SecuringAccounts1700000000002 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE accounts
        ADD COLUMN totp_secret bytea,
        ADD COLUMN totp_key_version smallint,
        ADD COLUMN totp_confirmed boolean NOT NULL DEFAULT false,
        ADD COLUMN totp_last_step integer;

      CREATE TABLE recovery_codes (
        account_id uuid NOT NULL CONSTRAINT recovery_codes_account_fkey REFERENCES accounts (id) ON DELETE CASCADE,
        code_hash bytea NOT NULL,
        CONSTRAINT recovery_codes_pkey PRIMARY KEY (account_id, code_hash)
      );

      CREATE TABLE security_events (
        id uuid CONSTRAINT security_events_pkey PRIMARY KEY,
        account_id uuid NOT NULL CONSTRAINT security_events_account_fkey REFERENCES accounts (id) ON DELETE CASCADE,
        kind text NOT NULL,
        at timestamptz(3) NOT NULL,
        session_id uuid,
        device_id uuid
      );
      CREATE INDEX security_events_account_idx ON security_events (account_id, id);
      CREATE INDEX security_events_at_idx ON security_events (at);

      -- By these a deleted account is found wherever it was, without looking through the messages of others.
      CREATE INDEX channel_members_account_idx ON channel_members (account_id);
      CREATE INDEX channel_entries_subject_idx ON channel_entries (subject_id) WHERE subject_id IS NOT NULL;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP INDEX channel_entries_subject_idx, channel_members_account_idx;
      DROP TABLE security_events, recovery_codes;
      ALTER TABLE accounts
        DROP COLUMN totp_secret, DROP COLUMN totp_key_version, DROP COLUMN totp_confirmed, DROP COLUMN totp_last_step;
    `);
  }
}

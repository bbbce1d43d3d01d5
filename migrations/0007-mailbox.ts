import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Mailbox1700000000007 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE mailboxes (
        device_id uuid CONSTRAINT mailboxes_pkey PRIMARY KEY
          CONSTRAINT mailboxes_device_fkey REFERENCES devices (id) ON DELETE CASCADE,
        last_position integer NOT NULL DEFAULT 0,
        acknowledged_position integer NOT NULL DEFAULT 0,
        lost_position integer NOT NULL DEFAULT 0,
        bytes integer NOT NULL DEFAULT 0,
        newest_at timestamptz(3)
      ) WITH (fillfactor = 50);

      CREATE TABLE mailbox_entries (
        device_id uuid NOT NULL
          CONSTRAINT mailbox_entries_mailbox_fkey REFERENCES mailboxes (device_id) ON DELETE CASCADE,
        position integer NOT NULL,
        sealed_body bytea NOT NULL,
        created_at timestamptz(3) NOT NULL,
        CONSTRAINT mailbox_entries_pkey PRIMARY KEY (device_id, position)
      );
      -- Ciphertext does not compress; trying would only cost time.
      ALTER TABLE mailbox_entries ALTER COLUMN sealed_body SET STORAGE EXTERNAL;
      CREATE INDEX mailbox_entries_created_at_idx ON mailbox_entries (created_at);

      CREATE TABLE mailbox_retry_keys (
        key_hash bytea CONSTRAINT mailbox_retry_keys_pkey PRIMARY KEY,
        content_hash bytea NOT NULL,
        forget_on date NOT NULL
      );
      CREATE INDEX mailbox_retry_keys_forget_on_idx ON mailbox_retry_keys (forget_on);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE mailbox_retry_keys, mailbox_entries, mailboxes');
  }
}

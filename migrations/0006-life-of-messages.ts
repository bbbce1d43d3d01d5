import type { MigrationInterface, QueryRunner } from 'typeorm';

export class LifeOfMessages1700000000006 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE accounts ADD COLUMN read_receipts boolean NOT NULL DEFAULT true;

      ALTER TABLE channel_heads ADD COLUMN retractions_seq integer NOT NULL DEFAULT 0;

      ALTER TABLE channel_members
        ADD COLUMN delivered_seq integer NOT NULL DEFAULT 0,
        ADD COLUMN read_seq integer NOT NULL DEFAULT 0;
      -- Receipts are written over and over: with room in its page a row needs no new place in the indexes.
      ALTER TABLE channel_members SET (fillfactor = 70);

      -- Finds what became of a message. Posts are not in it, replies among them: they pay nothing for it.
      CREATE INDEX channel_entries_amendments_idx ON channel_entries (channel_id, refers_to) WHERE kind IN (1, 2, 3);

      CREATE TABLE hidden_messages (
        account_id uuid NOT NULL CONSTRAINT hidden_messages_account_fkey REFERENCES accounts (id) ON DELETE CASCADE,
        channel_id uuid NOT NULL CONSTRAINT hidden_messages_channel_fkey REFERENCES channels (id) ON DELETE CASCADE,
        seq integer NOT NULL,
        expires_at timestamptz(3),
        CONSTRAINT hidden_messages_pkey PRIMARY KEY (account_id, channel_id, seq)
      );
      CREATE INDEX hidden_messages_message_idx ON hidden_messages (channel_id, seq);
      CREATE INDEX hidden_messages_expires_at_idx ON hidden_messages (expires_at) WHERE expires_at IS NOT NULL;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE hidden_messages;
      DROP INDEX channel_entries_amendments_idx;
      ALTER TABLE channel_members RESET (fillfactor);
      ALTER TABLE channel_members DROP COLUMN delivered_seq, DROP COLUMN read_seq;
      ALTER TABLE channel_heads DROP COLUMN retractions_seq;
      ALTER TABLE accounts DROP COLUMN read_receipts;
    `);
  }
}

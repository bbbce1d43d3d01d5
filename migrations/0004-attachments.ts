import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Attachments1700000000004 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE attachments (
        id uuid CONSTRAINT attachments_pkey PRIMARY KEY,
        channel_id uuid NOT NULL CONSTRAINT attachments_channel_fkey REFERENCES channels (id) ON DELETE CASCADE,
        object_key text NOT NULL,
        size integer NOT NULL,
        sha256 bytea NOT NULL,
        uploader_scope bytea,
        ready boolean NOT NULL DEFAULT false,
        seq integer,
        position smallint,
        expires_at timestamptz(3),
        created_at timestamptz(3) NOT NULL
      );
      CREATE INDEX attachments_place_idx ON attachments (channel_id, seq);
      CREATE INDEX attachments_unattached_idx ON attachments (created_at) WHERE seq IS NULL;
      CREATE INDEX attachments_expires_idx ON attachments (expires_at) WHERE expires_at IS NOT NULL;
      CREATE INDEX attachments_uploader_idx ON attachments (created_at) WHERE uploader_scope IS NOT NULL;

      CREATE TABLE deleted_objects (
        object_key text CONSTRAINT deleted_objects_pkey PRIMARY KEY,
        due_at timestamptz(3) NOT NULL,
        writable_until timestamptz(3) NOT NULL
      );
      CREATE INDEX deleted_objects_due_idx ON deleted_objects (due_at);

      -- However a row goes, with its channel, too, its object is on the list of those to delete: at once, and again when
      -- nobody can upload to its address any more.
      CREATE FUNCTION list_deleted_objects() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        INSERT INTO deleted_objects (object_key, due_at, writable_until)
        SELECT object_key, created_at, created_at + interval '2 hours' FROM gone
        ON CONFLICT DO NOTHING;
        RETURN NULL;
      END $$;
      CREATE TRIGGER attachments_deleted AFTER DELETE ON attachments
        REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION list_deleted_objects();

      ALTER TABLE channel_entries ADD COLUMN attachments_digest bytea;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE channel_entries DROP COLUMN attachments_digest;
      DROP TABLE attachments, deleted_objects;
      DROP FUNCTION list_deleted_objects();
    `);
  }
}

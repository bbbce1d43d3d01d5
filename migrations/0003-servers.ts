import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Servers1700000000003 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE servers (
        id uuid CONSTRAINT servers_pkey PRIMARY KEY,
        sealed_meta bytea NOT NULL,
        member_count integer NOT NULL,
        created_at timestamptz(3) NOT NULL
      );
      CREATE TABLE server_members (
        server_id uuid NOT NULL CONSTRAINT server_members_server_fkey REFERENCES servers (id) ON DELETE CASCADE,
        account_id uuid NOT NULL CONSTRAINT server_members_account_fkey REFERENCES accounts (id) ON DELETE CASCADE,
        role text NOT NULL,
        joined_at timestamptz(3) NOT NULL,
        CONSTRAINT server_members_pkey PRIMARY KEY (server_id, account_id)
      );
      CREATE UNIQUE INDEX server_members_owner_key ON server_members (server_id) WHERE role = 'OWNER';
      CREATE INDEX server_members_account_idx ON server_members (account_id, server_id);
      CREATE INDEX server_members_joined_idx ON server_members (server_id, joined_at, account_id);
      CREATE TABLE server_invites (
        id uuid CONSTRAINT server_invites_pkey PRIMARY KEY,
        server_id uuid NOT NULL CONSTRAINT server_invites_server_fkey REFERENCES servers (id) ON DELETE CASCADE,
        code_hash bytea NOT NULL CONSTRAINT server_invites_code_key UNIQUE,
        max_uses integer,
        uses integer NOT NULL DEFAULT 0,
        expires_at timestamptz(3),
        created_at timestamptz(3) NOT NULL
      );
      CREATE INDEX server_invites_server_idx ON server_invites (server_id, id);
      CREATE INDEX server_invites_expires_at_idx ON server_invites (expires_at) WHERE expires_at IS NOT NULL;
      CREATE INDEX server_invites_used_up_idx ON server_invites (id) WHERE uses >= max_uses;

      ALTER TABLE channels
        ADD COLUMN server_id uuid CONSTRAINT channels_server_fkey REFERENCES servers (id),
        ADD COLUMN is_private boolean NOT NULL DEFAULT true;
      CREATE INDEX channels_server_idx ON channels (server_id, id) WHERE server_id IS NOT NULL;

      -- A channel goes at once; its entries, of which there may be millions, are erased in batches.
      CREATE TABLE deleted_channels (
        channel_id uuid CONSTRAINT deleted_channels_pkey PRIMARY KEY,
        deleted_at timestamptz(3) NOT NULL
      );
      CREATE INDEX deleted_channels_deleted_at_idx ON deleted_channels (deleted_at, channel_id);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE deleted_channels;
      DELETE FROM channels WHERE server_id IS NOT NULL;
      ALTER TABLE channels DROP COLUMN server_id, DROP COLUMN is_private;
      DROP TABLE server_invites, server_members, servers;
    `);
  }
}

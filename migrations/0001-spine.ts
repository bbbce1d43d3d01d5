import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Spine1700000000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE deployment (
        id boolean CONSTRAINT deployment_pkey PRIMARY KEY DEFAULT true CONSTRAINT deployment_one_row CHECK (id),
        epoch uuid NOT NULL
      );
      INSERT INTO deployment (epoch) VALUES (gen_random_uuid());

      CREATE TABLE accounts (
        id uuid CONSTRAINT accounts_pkey PRIMARY KEY,
        username text NOT NULL CONSTRAINT accounts_username_key UNIQUE,
        password_hash text NOT NULL,
        email_hash bytea,
        email_pepper_version smallint,
        role text NOT NULL DEFAULT 'USER',
        created_at timestamptz(3) NOT NULL
      );

      CREATE TABLE devices (
        id uuid CONSTRAINT devices_pkey PRIMARY KEY,
        account_id uuid NOT NULL CONSTRAINT devices_account_fkey REFERENCES accounts (id) ON DELETE CASCADE,
        profile text NOT NULL,
        registration_id integer NOT NULL,
        identity_key bytea NOT NULL,
        sealed_name bytea,
        active boolean NOT NULL DEFAULT true,
        created_at timestamptz(3) NOT NULL,
        signed_pre_key_id integer,
        signed_pre_key bytea,
        signed_pre_key_signature bytea,
        signed_pre_key_at timestamptz(3) NOT NULL,
        last_resort_key_id integer,
        last_resort_algorithm text,
        last_resort_key bytea,
        last_resort_signature bytea,
        last_resort_used boolean NOT NULL DEFAULT false,
        one_time_low boolean NOT NULL DEFAULT false,
        kem_low boolean NOT NULL DEFAULT false
      );
      CREATE INDEX devices_account_idx ON devices (account_id);
      CREATE INDEX devices_identity_key_idx ON devices (identity_key) WHERE active;

      CREATE TABLE pre_keys (
        device_id uuid NOT NULL CONSTRAINT pre_keys_device_fkey REFERENCES devices (id) ON DELETE CASCADE,
        kind smallint NOT NULL,
        key_id integer NOT NULL,
        algorithm text,
        public_key bytea NOT NULL,
        signature bytea,
        CONSTRAINT pre_keys_pkey PRIMARY KEY (device_id, kind, key_id)
      );
      CREATE TABLE handed_out_pre_keys (
        device_id uuid NOT NULL CONSTRAINT handed_out_pre_keys_device_fkey REFERENCES devices (id) ON DELETE CASCADE,
        kind smallint NOT NULL,
        key_id integer NOT NULL,
        key_hash bytea NOT NULL,
        handed_out_at timestamptz(3) NOT NULL,
        CONSTRAINT handed_out_pre_keys_pkey PRIMARY KEY (device_id, kind, key_id)
      );

      CREATE TABLE sessions (
        id uuid CONSTRAINT sessions_pkey PRIMARY KEY,
        account_id uuid NOT NULL CONSTRAINT sessions_account_fkey REFERENCES accounts (id) ON DELETE CASCADE,
        device_id uuid CONSTRAINT sessions_device_fkey REFERENCES devices (id) ON DELETE CASCADE,
        created_at timestamptz(3) NOT NULL,
        last_used_at timestamptz(3) NOT NULL,
        expires_at timestamptz(3) NOT NULL
      );
      CREATE INDEX sessions_account_idx ON sessions (account_id);
      CREATE INDEX sessions_device_idx ON sessions (device_id);
      CREATE TABLE refresh_tokens (
        token_hash bytea CONSTRAINT refresh_tokens_pkey PRIMARY KEY,
        session_id uuid NOT NULL CONSTRAINT refresh_tokens_session_fkey REFERENCES sessions (id) ON DELETE CASCADE,
        expires_at timestamptz(3) NOT NULL,
        replaced_at timestamptz(3)
      );
      CREATE INDEX refresh_tokens_session_idx ON refresh_tokens (session_id);
      CREATE TABLE session_revocations (
        session_id uuid CONSTRAINT session_revocations_pkey PRIMARY KEY,
        revoked_at timestamptz(3) NOT NULL
      );
      CREATE INDEX session_revocations_revoked_at_idx ON session_revocations (revoked_at);

      CREATE TABLE channels (
        id uuid CONSTRAINT channels_pkey PRIMARY KEY,
        kind text NOT NULL,
        only_one_key bytea CONSTRAINT channels_only_one_key_key UNIQUE,
        sealed_meta bytea,
        default_ttl_seconds integer,
        created_at timestamptz(3) NOT NULL
      );
      CREATE TABLE channel_heads (
        channel_id uuid CONSTRAINT channel_heads_pkey PRIMARY KEY
          CONSTRAINT channel_heads_channel_fkey REFERENCES channels (id) ON DELETE CASCADE,
        last_seq integer NOT NULL DEFAULT 0,
        floor_seq integer NOT NULL DEFAULT 0,
        epoch integer NOT NULL DEFAULT 1,
        min_epoch integer NOT NULL DEFAULT 1,
        members_seq integer NOT NULL DEFAULT 0
      ) WITH (fillfactor = 50);
      CREATE TABLE channel_members (
        channel_id uuid NOT NULL CONSTRAINT channel_members_channel_fkey REFERENCES channels (id) ON DELETE CASCADE,
        account_id uuid NOT NULL CONSTRAINT channel_members_account_fkey REFERENCES accounts (id) ON DELETE CASCADE,
        joined_seq integer NOT NULL,
        left_seq integer,
        role text NOT NULL DEFAULT 'MEMBER',
        joined_at timestamptz(3) NOT NULL,
        CONSTRAINT channel_members_pkey PRIMARY KEY (channel_id, account_id, joined_seq)
      );
      CREATE UNIQUE INDEX channel_members_open_key ON channel_members (account_id, channel_id) WHERE left_seq IS NULL;
      CREATE INDEX channel_members_recent_idx ON channel_members (joined_at) WHERE left_seq IS NULL;
      CREATE TABLE channel_entries (
        channel_id uuid NOT NULL,
        seq integer NOT NULL,
        kind smallint NOT NULL,
        epoch integer NOT NULL,
        refers_to integer,
        sealed_body bytea,
        author_tag bytea,
        client_message_id uuid,
        sender_scope bytea,
        expires_at timestamptz(3),
        created_at timestamptz(3) NOT NULL,
        subject_id uuid,
        change smallint,
        CONSTRAINT channel_entries_pkey PRIMARY KEY (channel_id, seq)
      );
      -- Ciphertext does not compress; trying would only cost time.
      ALTER TABLE channel_entries ALTER COLUMN sealed_body SET STORAGE EXTERNAL;
      CREATE UNIQUE INDEX channel_entries_idempotency_key
        ON channel_entries (channel_id, sender_scope, client_message_id) WHERE sender_scope IS NOT NULL;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE channel_entries, channel_members, channel_heads, channels, session_revocations, refresh_tokens,
        sessions, handed_out_pre_keys, pre_keys, devices, accounts, deployment;
    `);
  }
}

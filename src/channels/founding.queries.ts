import type { EntityManager } from 'typeorm';
import type { ChannelKind, ChannelRole } from './channel-kind.js';

interface Founding {
  id: string;
  kind: ChannelKind;
  serverId?: string;
  isPrivate?: boolean;
  onlyOneKey: Buffer | null;
  sealedMeta: Buffer | null;
  defaultTtlSeconds: number | null;
  members: { accountId: string; role: ChannelRole }[];
  at: Date;
}

/** Makes a channel with its head and founding members. Undefined: its only-one key is taken. */
export async function found(manager: EntityManager, founding: Founding): Promise<string | undefined> {
  const {
    id,
    kind,
    serverId = null,
    isPrivate = true,
    onlyOneKey,
    sealedMeta,
    defaultTtlSeconds,
    members,
    at,
  } = founding;
  const rows = await manager.query<{ id: string }[]>(
    `INSERT INTO channels (id, kind, server_id, is_private, only_one_key, sealed_meta, default_ttl_seconds, created_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (only_one_key) DO NOTHING RETURNING id`,
    [id, kind, serverId, isPrivate, onlyOneKey, sealedMeta, defaultTtlSeconds, at],
  );
  if (rows.length === 0) return undefined;
  await manager.query('INSERT INTO channel_heads (channel_id) VALUES ($1)', [id]);
  await manager.query(
    `INSERT INTO channel_members (channel_id, account_id, joined_seq, role, joined_at)
     SELECT $1, account_id, 0, role, $4 FROM unnest($2::uuid[], $3::text[]) AS founder (account_id, role)`,
    [id, members.map(({ accountId }) => accountId), members.map(({ role }) => role), at],
  );
  return id;
}

export async function idOfOnly(manager: EntityManager, onlyOneKey: Buffer): Promise<string | undefined> {
  const [row] = await manager.query<{ id: string }[]>('SELECT id FROM channels WHERE only_one_key = $1', [onlyOneKey]);
  return row?.id;
}

export async function countAccounts(manager: EntityManager, accountIds: string[]): Promise<number> {
  const [row] = await manager.query<{ count: number }[]>(
    'SELECT count(*)::int AS count FROM accounts WHERE id = ANY ($1::uuid[])',
    [accountIds],
  );
  return row?.count ?? 0;
}

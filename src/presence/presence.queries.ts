import type { DataSource } from 'typeorm';

/** What one account may know of another. */
export interface Sight {
  viewerId: string;
  accountId: string;
  hidden: boolean;
  showsLastActive: boolean;
  lastActiveAt: Date | null;
}

/** Those of the pairs in which the viewer may see the account: it is their own, or they share a channel now. */
export function sights(dataSource: DataSource, pairs: { viewerId: string; accountId: string }[]): Promise<Sight[]> {
  return dataSource.query(
    `SELECT pair.viewer_id AS "viewerId", pair.account_id AS "accountId", coalesce(p.hidden, false) AS hidden,
       coalesce(p.shows_last_active, true) AS "showsLastActive", p.last_active_at AS "lastActiveAt"
     FROM unnest($1::uuid[], $2::uuid[]) AS pair (viewer_id, account_id)
     JOIN accounts a ON a.id = pair.account_id
     LEFT JOIN account_presence p ON p.account_id = pair.account_id
     WHERE pair.viewer_id = pair.account_id OR EXISTS (
       SELECT FROM channel_members mine
       JOIN channel_members theirs ON theirs.channel_id = mine.channel_id AND theirs.left_seq IS NULL
       WHERE mine.account_id = pair.viewer_id AND mine.left_seq IS NULL AND theirs.account_id = pair.account_id)`,
    [pairs.map(({ viewerId }) => viewerId), pairs.map(({ accountId }) => accountId)],
  );
}

/** Remembers what the account wants to be seen of it; null leaves as it is whether others see when it was last there. */
export async function choose(
  dataSource: DataSource,
  accountId: string,
  hidden: boolean,
  showsLastActive: boolean | null,
): Promise<void> {
  await dataSource.query(
    `INSERT INTO account_presence AS p (account_id, hidden, shows_last_active)
     VALUES ($1, $2, coalesce($3, true))
     ON CONFLICT (account_id) DO UPDATE SET hidden = $2, shows_last_active = coalesce($3, p.shows_last_active),
       last_active_at = CASE WHEN coalesce($3, p.shows_last_active) THEN p.last_active_at END`,
    [accountId, hidden, showsLastActive],
  );
}

/** Writes down that these accounts were there, where that may be seen. */
export async function wereActive(dataSource: DataSource, accountIds: string[], minute: Date): Promise<void> {
  await dataSource.query(
    `INSERT INTO account_presence AS p (account_id, last_active_at)
     SELECT a.id, $2 FROM accounts a WHERE a.id = ANY ($1::uuid[]) ORDER BY a.id FOR KEY SHARE
     ON CONFLICT (account_id) DO UPDATE SET last_active_at = $2
       WHERE NOT p.hidden AND p.shows_last_active AND p.last_active_at IS DISTINCT FROM $2`,
    [accountIds, minute],
  );
}

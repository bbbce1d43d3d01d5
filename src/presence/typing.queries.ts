import type { DataSource } from 'typeorm';

/** Those of the accounts that are members of the channel now. */
export async function membersAmong(
  dataSource: DataSource,
  channelId: string,
  accountIds: string[],
): Promise<Set<string>> {
  const rows = await dataSource.query<{ account_id: string }[]>(
    'SELECT account_id FROM channel_members WHERE channel_id = $1 AND account_id = ANY ($2::uuid[]) AND left_seq IS NULL',
    [channelId, accountIds],
  );
  return new Set(rows.map(({ account_id }) => account_id));
}

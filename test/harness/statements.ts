import type { Pool, QueryConfig } from 'pg';

/** Names of the statements that a pool is asked while something is done. */
export async function statementsOf(pool: Pool, doing: () => Promise<unknown>): Promise<string[]> {
  const names: string[] = [];
  const original = pool.query.bind(pool) as (...given: unknown[]) => unknown;
  const counting = (...given: unknown[]) => {
    names.push((given[0] as QueryConfig).name ?? '');
    return original(...given);
  };
  Object.assign(pool, { query: counting });
  try {
    await doing();
  } finally {
    Object.assign(pool, { query: original });
  }
  return names;
}

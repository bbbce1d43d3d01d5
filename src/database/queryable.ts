import type { QueryResultRow } from 'pg';

/** Whatever takes a statement: a pool, or one connection of it. */
export interface Queryable {
  query<Row extends QueryResultRow>(
    text: string,
    values?: unknown[],
  ): Promise<{ rows: Row[]; rowCount: number | null }>;
}

/** How many rows a statement changed. */
export async function changedBy(database: Queryable, text: string, values: unknown[]): Promise<number> {
  const { rowCount } = await database.query(text, values);
  return rowCount ?? 0;
}

/** The `count` that a statement gives. */
export async function countBy(database: Queryable, text: string, values: unknown[]): Promise<number> {
  const { rows } = await database.query<{ count: string | number }>(text, values);
  return Number(rows[0]?.count ?? 0);
}

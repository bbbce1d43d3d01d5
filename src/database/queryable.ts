/** Somebody to give SQL to, such as a pool: what chores need to know of the database. */
export interface Queryable {
  query(text: string, values?: unknown[]): Promise<{ rows: unknown[]; rowCount: number | null }>;
}

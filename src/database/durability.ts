import type { DataSource } from 'typeorm';

/** Durable on acknowledgement holds only when PostgreSQL writes before it answers. Gives the settings that break it. */
export async function durabilityFaults(dataSource: DataSource): Promise<string[]> {
  const rows = await dataSource.query<{ name: string; setting: string }[]>(
    `SELECT name, setting FROM pg_settings WHERE name IN ('fsync', 'synchronous_commit', 'full_page_writes') AND setting = 'off'`,
  );
  return rows.map(
    ({ name }) => `PostgreSQL runs with ${name} = off: an acknowledged message could be lost; set it to on`,
  );
}

import type { DataSource } from 'typeorm';

// Any fixed number will do, as long as every process takes the same one.
const MIGRATION_LOCK = 7_340_001;

/** Brings the schema up to date; of many processes starting at once one does the work and the others wait. */
export async function migrate(dataSource: DataSource): Promise<void> {
  const runner = dataSource.createQueryRunner();
  try {
    await runner.query('SET lock_timeout = 0');
    await runner.query('SET statement_timeout = 0');
    await runner.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    try {
      await dataSource.runMigrations();
    } finally {
      await runner.query('SELECT pg_advisory_unlock($1)', [MIGRATION_LOCK]);
      await runner.query('RESET ALL');
    }
  } finally {
    await runner.release();
  }
}

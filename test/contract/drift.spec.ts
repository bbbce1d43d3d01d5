import { DataSource } from 'typeorm';
import { startRelay, type TestRelay } from '../harness/relay.js';

let relay: TestRelay;
let database: DataSource;

beforeAll(async () => {
  relay = await startRelay();
  database = relay.app.get(DataSource);
});

afterAll(() => relay.stop());

/** Everything that migrations make: columns, constraints and indexes, as PostgreSQL writes them. */
const structure = () =>
  relay.rows(`
    SELECT table_name AS of, column_name AS name,
           concat_ws(' ', data_type, datetime_precision, is_nullable, column_default) AS definition
      FROM information_schema.columns WHERE table_schema = 'public'
    UNION ALL
    SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)
      FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    UNION ALL
    SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
    ORDER BY 1, 2, 3`);

const tables = async () => {
  const rows = await relay.rows<{ name: string }>(
    `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1`,
  );
  return rows.map(({ name }) => name);
};

it('finds in the database what the entities say', async () => {
  const { upQueries } = await database.driver.createSchemaBuilder().log();

  expect(upQueries.map(({ query }) => query)).toEqual([]);
});

it('has an entity for every table', async () => {
  const known = database.entityMetadatas.map(({ tableName }) => tableName);

  expect((await tables()).filter((name) => name !== 'migrations' && !known.includes(name))).toEqual([]);
});

it('can take every migration back and make it again', async () => {
  const before = await structure();
  expect(before).not.toEqual([]);

  for (const _ of database.migrations) await database.undoLastMigration();
  expect(await tables()).toEqual(['migrations']);

  await database.runMigrations();
  expect(await structure()).toEqual(before);
});

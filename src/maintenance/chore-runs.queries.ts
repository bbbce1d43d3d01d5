import { changedBy, countBy, type Queryable } from '../database/queryable.js';
import { newId } from '../graphql/new-id.js';
import { type ChoreOutcome, type ChoreRun, choreErrors } from './chore.type.js';

export type ChoreError = keyof typeof choreErrors;

const RUNS_KEPT_MS = 90 * 24 * 3600 * 1000;
const MOST_COUNTED = 2 ** 31 - 1;

const columns = (of: string) =>
  `${of}.id, ${of}.chore, ${of}.outcome, ${of}.dry_run AS "dryRun", ${of}.affected, ${of}.started_at AS "startedAt",
   ${of}.finished_at AS "finishedAt", ${of}.error`;

interface Beginning {
  chore: string;
  slot: Date | null;
  dryRun: boolean;
  at: Date;
}

/** Any fixed number will do, as long as every process takes the same one. */
const CHORE_LOCKS = 7_340_002;

/** Held by the connection, so it is given back by whatever ends that. */
export async function tryLock(connection: Queryable, chore: string): Promise<boolean> {
  const sql = 'SELECT pg_try_advisory_lock($1, hashtext($2)) AS taken';
  const { rows } = await connection.query<{ taken: boolean }>(sql, [CHORE_LOCKS, chore]);
  return rows[0]?.taken === true;
}

/** False: it was not held any more. */
export async function unlock(connection: Queryable, chore: string): Promise<boolean> {
  const sql = 'SELECT pg_advisory_unlock($1, hashtext($2)) AS given_back';
  const { rows } = await connection.query<{ given_back: boolean }>(sql, [CHORE_LOCKS, chore]);
  return rows[0]?.given_back === true;
}

/** With the chore's lock: a row that still says RUNNING is of a process that is no more. */
export const failAbandoned = (database: Queryable, chore: string, at: Date) =>
  changedBy(
    database,
    `UPDATE chore_runs SET outcome = 'FAILED', error = $3, finished_at = $2 WHERE chore = $1 AND outcome = 'RUNNING'`,
    [chore, at, 'PROCESS_ENDED' satisfies ChoreError],
  );

/** Undefined: there is a run for the slot. */
export async function beginRun(
  database: Queryable,
  { chore, slot, dryRun, at }: Beginning,
  outcome: ChoreOutcome,
): Promise<ChoreRun | undefined> {
  const { rows } = await database.query<ChoreRun & Record<string, unknown>>(
    `INSERT INTO chore_runs AS run (id, chore, slot, outcome, dry_run, started_at, finished_at)
     VALUES ($1, $2, $3, $4, $5, $6, CASE WHEN $4 = 'SKIPPED' THEN $6::timestamptz END)
     ON CONFLICT (chore, slot) DO NOTHING RETURNING ${columns('run')}`,
    [newId(at), chore, slot, outcome, dryRun, at],
  );
  return rows[0];
}

export const noteProgress = (database: Queryable, id: string, affected: number) =>
  changedBy(database, 'UPDATE chore_runs SET affected = $2 WHERE id = $1', [id, Math.min(affected, MOST_COUNTED)]);

export async function finishRun(
  database: Queryable,
  id: string,
  { affected, error, at }: { affected: number; error: ChoreError | null; at: Date },
): Promise<ChoreRun> {
  const { rows } = await database.query<ChoreRun & Record<string, unknown>>(
    `UPDATE chore_runs run SET outcome = CASE WHEN $3::text IS NULL THEN 'SUCCEEDED' ELSE 'FAILED' END, error = $3,
       affected = $2, finished_at = $4
     WHERE id = $1 RETURNING ${columns('run')}`,
    [id, Math.min(affected, MOST_COUNTED), error, at],
  );
  if (!rows[0]) throw new Error('The row of a run is gone while it runs.');
  return rows[0];
}

/** Runs of one chore or of all, the newest first, before a run. */
export async function runsBefore(
  database: Queryable,
  chore: string | null,
  before: string | undefined,
  limit: number,
): Promise<ChoreRun[]> {
  const { rows } = await database.query<ChoreRun & Record<string, unknown>>(
    `SELECT ${columns('run')} FROM chore_runs run
     WHERE ${chore === null ? '$1::text IS NULL' : 'chore = $1'} AND ($2::uuid IS NULL OR id < $2)
     ORDER BY id DESC LIMIT $3`,
    [chore, before ?? null, limit],
  );
  return rows;
}

export async function lastRuns(database: Queryable, names: string[]): Promise<Map<string, ChoreRun>> {
  const { rows } = await database.query<ChoreRun & Record<string, unknown>>(
    `SELECT run.* FROM unnest($1::text[]) AS known (name) CROSS JOIN LATERAL (
       SELECT ${columns('last')} FROM chore_runs last WHERE last.chore = known.name ORDER BY last.id DESC LIMIT 1
     ) run`,
    [names],
  );
  return new Map(rows.map((run) => [run.chore, run]));
}

const forgottenBefore = (now: Date) => new Date(now.getTime() - RUNS_KEPT_MS);

export const forgetChoreRuns = (database: Queryable, now: Date, limit: number): Promise<number> =>
  changedBy(
    database,
    `DELETE FROM chore_runs WHERE id IN (
       SELECT id FROM chore_runs WHERE started_at <= $1 ORDER BY started_at LIMIT $2 FOR UPDATE SKIP LOCKED
     )`,
    [forgottenBefore(now), limit],
  );

export const countChoreRunsToForget = (database: Queryable, now: Date): Promise<number> =>
  countBy(database, 'SELECT count(*) FROM chore_runs WHERE started_at <= $1', [forgottenBefore(now)]);

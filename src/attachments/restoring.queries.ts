import type { EntityManager } from 'typeorm';

/** So long somebody who restored the wrong backup can still change their mind. */
const KEPT_MS = 24 * 3_600_000;
const AT_ONCE = 1_000;

/** The files and what the database says of them. */
export interface ComparedFiles {
  /** In the store, and of no attachment. */
  unknown: number;
  /** Of an attachment, and not in the store. */
  missing: number;
}

/**
 * After a backup came back, attachments since it are forgotten and their files are not, and files that were deleted since
 * have their attachments back. The former are put on the list of those to delete, a day from now; the latter are counted:
 * a backup of the files may hold them.
 */
export async function compareFiles(
  manager: EntityManager,
  keys: AsyncIterable<string>,
  now: Date,
): Promise<ComparedFiles> {
  await manager.query('CREATE TEMPORARY TABLE stored_files (object_key text) ON COMMIT DROP');
  const note = (some: string[]) => manager.query('INSERT INTO stored_files SELECT unnest($1::text[])', [some]);
  let some: string[] = [];
  for await (const key of keys) {
    if (some.push(key) < AT_ONCE) continue;
    await note(some);
    some = [];
  }
  await note(some);
  const unknown = await manager.query<unknown[]>(
    `INSERT INTO deleted_objects (object_key, due_at, writable_until)
     SELECT object_key, $1, $1 FROM stored_files s
     WHERE NOT EXISTS (SELECT FROM attachments a WHERE a.object_key = s.object_key)
     ON CONFLICT DO NOTHING RETURNING object_key`,
    [new Date(now.getTime() + KEPT_MS)],
  );
  const [missing] = await manager.query<[{ count: number }]>(
    `SELECT count(*)::integer FROM attachments a
     WHERE a.ready AND NOT EXISTS (SELECT FROM stored_files s WHERE s.object_key = a.object_key)`,
  );
  return { unknown: unknown.length, missing: missing.count };
}

import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cpuOfFamily } from '../process-cpu.js';
import type { RelayUnderTest } from '../relay-process.js';

const SECONDS = 8;

export function availablePgbench(): boolean {
  try {
    execFileSync('pgbench', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** One row a transaction into a table like the log's, by as many clients, on the same server. */
export async function insertsOfPgbench(
  { database, databaseUrl, postgresPid }: RelayUnderTest,
  clients: number,
  bodyBytes: number,
): Promise<{ perSecond: number; postgresUs: number }> {
  await database.query('CREATE TABLE bench_entries (LIKE channel_entries INCLUDING ALL)');
  await database.query('CREATE SEQUENCE bench_seq');
  const folder = mkdtempSync(join(tmpdir(), 'lethe-pgbench-'));
  const script = join(folder, 'insert.sql');
  const body = 'ff'.repeat(bodyBytes);
  writeFileSync(
    script,
    `INSERT INTO bench_entries (channel_id, seq, kind, epoch, sealed_body, client_message_id, sender_scope, created_at)
     VALUES ('01a1fb63-23b1-7557-8133-2a8b04d3e710', nextval('bench_seq'), 0, 1, '\\x${body}', gen_random_uuid(),
       '\\x${'ab'.repeat(32)}', now());\n`,
  );
  try {
    const before = cpuOfFamily(postgresPid);
    const { stdout } = await promisify(execFile)('pgbench', [
      ...[
        '--client',
        String(clients),
        '--jobs',
        '1',
        '--time',
        String(SECONDS),
        '--no-vacuum',
        '--protocol',
        'prepared',
      ],
      ...['--file', script, databaseUrl],
    ]);
    const [, transactions] = /transactions actually processed: (\d+)/.exec(stdout) ?? [];
    const [, perSecond] = /tps = ([\d.]+)/.exec(stdout) ?? [];
    return { perSecond: Number(perSecond), postgresUs: (cpuOfFamily(postgresPid) - before) / Number(transactions) };
  } finally {
    rmSync(folder, { recursive: true });
    await database.query('DROP TABLE bench_entries');
  }
}

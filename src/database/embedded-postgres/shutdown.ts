import { execFile } from 'node:child_process';
import { disownPidFile, readPidFile } from './pid-file.js';
import { isGoneWithin, runningProcesses, signal } from './processes.js';
import type { Programs } from './programs.js';

const FAST_SHUTDOWN_MS = 8_000;
const IMMEDIATE_SHUTDOWN_MS = 7_000;
const KILL_MS = 2_000;

/** Fast first (connections are ended, all is written), then immediate (the next start recovers), then by force. */
export async function stopPostmaster(pid: number, programs: Programs): Promise<void> {
  await ask(pid, 'SIGINT', programs);
  if (await isGoneWithin(pid, FAST_SHUTDOWN_MS)) return;
  await ask(pid, 'SIGQUIT', programs);
  if (await isGoneWithin(pid, IMMEDIATE_SHUTDOWN_MS)) return;
  await killAll([pid]);
}

/**
 * A relay that was killed leaves its server running, and a server that was killed may leave its children. Both are ended
 * rather than adopted: the new server then runs with the settings of this start and writes to its log.
 */
export async function endRemains(
  cluster: string,
  clusterName: string,
  programs: Programs,
  onProgress: (line: string) => void,
): Promise<void> {
  const recorded = await readPidFile(cluster);
  const remains = await processesOf(clusterName);
  const postmaster = remains.find((pid) => pid === recorded?.pid);
  if (postmaster !== undefined) {
    onProgress(`stopping the PostgreSQL an earlier relay left running (process ${postmaster})`);
    await stopPostmaster(postmaster, programs);
  } else if (recorded !== undefined && process.platform === 'win32') {
    // Answered by a PostgreSQL only, so a stranger with that number comes to no harm.
    await ask(recorded.pid, 'SIGINT', programs);
    await isGoneWithin(recorded.pid, FAST_SHUTDOWN_MS);
  }
  await endChildren(clusterName);
  await disownPidFile(cluster);
}

/** Without a postmaster they end by themselves within moments; one that is stuck can write nothing of use any more. */
async function endChildren(clusterName: string): Promise<void> {
  const children = await processesOf(clusterName);
  const gone = await Promise.all(children.map((pid) => isGoneWithin(pid, KILL_MS)));
  if (!gone.every(Boolean)) await killAll(await processesOf(clusterName));
}

async function killAll(pids: number[]): Promise<void> {
  for (const pid of pids) signal(pid, 'SIGKILL');
  for (const pid of pids) {
    if (!(await isGoneWithin(pid, KILL_MS))) throw new Error(`The PostgreSQL process ${pid} cannot be stopped.`);
  }
}

/** The postmaster carries the cluster's name in its arguments, its children in the titles they give themselves. */
async function processesOf(clusterName: string): Promise<number[]> {
  const ours = new RegExp(`(^| )cluster_name=${clusterName}( |$)|^postgres: ${clusterName}: `);
  return (await runningProcesses()).filter(({ command }) => ours.test(command)).map(({ pid }) => pid);
}

async function ask(pid: number, name: 'SIGINT' | 'SIGQUIT', programs: Programs): Promise<void> {
  if (process.platform !== 'win32') return signal(pid, name);
  // Windows has no signals, and Node would end the process there; PostgreSQL brings a substitute and a program for it.
  await new Promise((resolve) => execFile(programs.pgControl, ['kill', name.slice(3), String(pid)], resolve));
}

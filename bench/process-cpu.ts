import { readdirSync, readFileSync } from 'node:fs';

/** Linux counts in hundredths of a second, whatever its kernel does inside (`getconf CLK_TCK`). */
const TICK_US = 10_000;

interface ProcessTimes {
  parent: number;
  ownUs: number;
  /** Of children that have ended. */
  endedUs: number;
}

function timesOf(pid: number): ProcessTimes | undefined {
  try {
    // The name in brackets may hold anything, so it is counted from behind it.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ');
    const [parent, user, system, endedUser, endedSystem] = [1, 11, 12, 13, 14].map((index) => Number(fields[index]));
    return { parent: parent!, ownUs: (user! + system!) * TICK_US, endedUs: (endedUser! + endedSystem!) * TICK_US };
  } catch {
    return undefined;
  }
}

export const parentOf = (pid: number): number | undefined => timesOf(pid)?.parent;

/** CPU time of one process so far, as the operating system counts it. */
export function cpuOf(pid: number): number {
  const times = timesOf(pid);
  if (!times) throw new Error(`The CPU time of process ${pid} cannot be read. The bench needs Linux.`);
  return times.ownUs;
}

/** CPU time of a server and all its children, those that have ended among them. */
export function cpuOfFamily(pid: number): number {
  const own = timesOf(pid);
  if (!own) throw new Error(`The CPU time of process ${pid} cannot be read. The bench needs Linux.`);
  const all = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const children = all.map((name) => timesOf(Number(name))).filter((times) => times?.parent === pid);
  return children.reduce((sum, times) => sum + (times?.ownUs ?? 0), own.ownUs + own.endedUs);
}

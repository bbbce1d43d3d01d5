import { setTimeout as pause } from 'node:timers/promises';

/** Looks until it is so; fails when it is not within the time. */
export async function within(milliseconds: number, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + milliseconds;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`Not so within ${milliseconds} ms: ${isSo.toString()}`);
    await pause(10);
  }
}

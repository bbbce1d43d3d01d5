import { LetheError } from './lethe-error.js';

/**
 * Gives what the work gives, or fails in time with UNAVAILABLE, DEADLINE_EXCEEDED. The work itself goes on and may
 * still be done, which is why trying again is safe everywhere.
 */
export async function withinDeadline<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(tooLate()), milliseconds);
  });
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
}

const tooLate = () =>
  new LetheError('UNAVAILABLE', 'This took too long. It may still be done; trying again is safe.', {
    reason: 'DEADLINE_EXCEEDED',
  });

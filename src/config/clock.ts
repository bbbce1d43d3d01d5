/** The only source of time, so that tests can move it. */
export class Clock {
  now(): Date {
    return new Date();
  }

  /** Milliseconds that only ever grow, for how long something has lasted. */
  elapsed(): number {
    return performance.now();
  }
}

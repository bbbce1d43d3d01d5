/** The only source of time, so that tests can move it. */
export class Clock {
  now(): Date {
    return new Date();
  }
}

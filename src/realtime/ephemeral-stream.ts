interface Waiting<T> {
  /** A listener that is further behind than this gets the newest: what it missed was a hint and can be asked for. */
  most: number;
  /** Whether what waits says nothing any more once the later one is there. */
  replaces?: (later: T, waiting: T) => boolean;
  /** What is dropped only when nothing else waits. */
  keeps?: (waiting: T) => boolean;
}

/**
 * What one subscription to something ephemeral yields. Bounded: when its client does not keep up, the oldest values
 * are dropped. `listen` is given where to put values, and gives back how to stop listening.
 */
export class EphemeralStream<T> implements AsyncIterableIterator<T, undefined> {
  private readonly waiting: T[] = [];
  private readonly asking: ((result: IteratorResult<T, undefined>) => void)[] = [];
  private readonly stopListening: () => void;
  private finished = false;

  constructor(
    listen: (push: (value: T) => void) => () => void,
    private readonly bound: Waiting<T> = { most: 16 },
  ) {
    this.stopListening = listen((value) => this.push(value));
  }

  push(value: T): void {
    if (this.finished) return;
    const answer = this.asking.shift();
    if (answer) return answer({ value, done: false });
    const { replaces } = this.bound;
    const replaced = replaces ? this.waiting.findIndex((waiting) => replaces(value, waiting)) : -1;
    if (replaced >= 0) this.waiting.splice(replaced, 1);
    this.waiting.push(value);
    this.dropTheOldest();
  }

  private dropTheOldest(): void {
    const { most, keeps } = this.bound;
    if (this.waiting.length <= most) return;
    const dropped = keeps ? this.waiting.findIndex((waiting) => !keeps(waiting)) : 0;
    this.waiting.splice(Math.max(dropped, 0), 1);
  }

  next(): Promise<IteratorResult<T, undefined>> {
    const [value] = this.waiting.splice(0, 1);
    if (value !== undefined) return Promise.resolve({ value, done: false });
    if (this.finished) return Promise.resolve({ value: undefined, done: true });
    return new Promise((answer) => this.asking.push(answer));
  }

  return(): Promise<IteratorResult<T, undefined>> {
    // Ended once by its client and once more by a reader that was slow: by then somebody else may listen.
    if (!this.finished) this.stopListening();
    this.finished = true;
    this.waiting.length = 0;
    for (const answer of this.asking.splice(0)) answer({ value: undefined, done: true });
    return Promise.resolve({ value: undefined, done: true });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

import { isDatabaseDown } from '../errors/database-fault.js';

const RETRY_MS = 500;

/**
 * A stream whose reader asks for the next page when the last one has left, and which holds none meanwhile: a slow
 * reader makes itself slow and nobody else. News only wake it; what they are it finds out by reading.
 */
export abstract class PulledStream<Page> implements AsyncGenerator<Page, void, void> {
  protected finished = false;
  private wakeUp: (() => void) | undefined;
  private readonly onFinish: (() => void)[] = [];

  /** Whether reading may give something. */
  protected abstract get hasNews(): boolean;

  /** Reads on. Takes the news off the list before it reads: whatever is committed from then on puts it back. */
  protected abstract readNext(): Promise<Page | undefined>;

  /** Whether nothing will ever come any more. */
  protected get isOver(): boolean {
    return false;
  }

  whenFinished(callback: () => void): void {
    this.onFinish.push(callback);
  }

  async next(): Promise<IteratorResult<Page, void>> {
    while (!this.finished) {
      if (this.hasNews) {
        const page = await this.readNext();
        if (page !== undefined) return { done: false, value: page };
      } else if (this.isOver) {
        break;
      } else {
        await new Promise<void>((resolve) => (this.wakeUp = resolve));
        this.wakeUp = undefined;
      }
    }
    this.finish();
    return { done: true, value: undefined };
  }

  return(): Promise<IteratorResult<Page, void>> {
    this.finish();
    return Promise.resolve({ done: true, value: undefined });
  }

  throw(): Promise<IteratorResult<Page, void>> {
    return this.return();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  protected wakeReader(): void {
    this.wakeUp?.();
  }

  /** Gives what was read; when PostgreSQL is away nothing, and calls `again` later: the reader loses nothing by waiting. */
  protected async readOrWait<T>(read: () => Promise<T>, again: () => void): Promise<T | undefined> {
    try {
      return await read();
    } catch (error) {
      if (!isDatabaseDown(error)) throw error;
      setTimeout(again, RETRY_MS * (1 + Math.random())).unref();
      return undefined;
    }
  }

  protected finish(): void {
    if (this.finished) return;
    this.finished = true;
    this.letGo();
    for (const callback of this.onFinish) callback();
    this.wakeReader();
  }

  /** Nobody reads any more. */
  protected letGo(): void {
    return undefined;
  }
}

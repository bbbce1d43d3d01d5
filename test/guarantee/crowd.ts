import type { Follower } from './follower.js';
import type { Writer } from './writer.js';

/** Everybody who writes and follows. */
export class Crowd {
  private writing: Promise<unknown> = Promise.resolve();
  private following: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly writers: readonly Writer[],
    private readonly followers: readonly Follower[],
  ) {}

  begin(): void {
    this.following = Promise.all(this.followers.map((follower) => follower.follow()));
    this.writing = Promise.all(this.writers.map((writer) => writer.write()));
  }

  /** Every message that was begun is told its place, or that it is refused. */
  async finishWriting(): Promise<void> {
    for (const writer of this.writers) writer.stop();
    await this.writing;
  }

  async leave(): Promise<void> {
    for (const writer of this.writers) writer.abandon();
    for (const follower of this.followers) follower.stop();
    await Promise.all([this.writing, this.following]);
  }

  dropSockets(): void {
    for (const one of [...this.writers, ...this.followers]) one.drop();
  }

  /** One follower in three reads nothing for a while. */
  async letSleep(which: number, milliseconds: number): Promise<void> {
    const asleep = this.followers.filter((_, index) => (index + which) % 3 === 0);
    await Promise.all(asleep.map((follower) => follower.sleep(milliseconds)));
  }
}

/** How many values fell below each bound, in plain numbers: observing one costs next to nothing. `/metrics` shows it. */
export class Histogram {
  /** Values up to each bound and above the one before it; the last count is of those above all bounds. */
  private readonly counts: number[];
  private total = 0;

  constructor(private readonly bounds: readonly number[]) {
    this.counts = new Array<number>(bounds.length + 1).fill(0);
  }

  observe(value: number): void {
    let place = 0;
    while (place < this.bounds.length && value > (this.bounds[place] as number)) place += 1;
    this.counts[place] = (this.counts[place] as number) + 1;
    this.total += value;
  }

  get sum(): number {
    return this.total;
  }

  /** Values up to each bound, those below the earlier bounds among them; the last one, `+Inf`, counts all. */
  get cumulative(): [bound: number | '+Inf', count: number][] {
    let count = 0;
    return this.counts.map((here, place) => [this.bounds[place] ?? '+Inf', (count += here)]);
  }
}

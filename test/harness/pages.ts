import type { Client } from 'graphql-ws';

const PATIENCE_MS = 10_000;

/** What a subscription has brought: pages wait here until the story takes them, so none is missed. */
export class Pages<Page extends { caughtUp: boolean }> {
  private readonly pages: Page[] = [];
  private readonly arrivals: (() => void)[] = [];
  private readonly end: () => void;
  /** `complete`, or what the subscription failed with. */
  ended: unknown;

  constructor(client: Client, field: string, query: string, variables: Record<string, unknown>) {
    this.end = client.subscribe<Record<string, Page>>(
      { query, variables },
      {
        next: ({ data, errors }) => {
          const page = data?.[field];
          if (page) this.pages.push(page);
          else this.ended = errors;
          this.arrived();
        },
        error: (error) => this.finished(error),
        complete: () => this.finished('complete'),
      },
    );
  }

  async page(): Promise<Page> {
    await this.until(() => this.pages.length > 0);
    const page = this.pages.shift();
    if (!page) throw new Error('A page was waited for and taken by somebody else.');
    return page;
  }

  /** Waits until the follower has told that it has reached the head. */
  async caughtUp(): Promise<this> {
    while (!(await this.page()).caughtUp);
    return this;
  }

  /** Waits for the end of the subscription. */
  async over(): Promise<unknown> {
    await this.until(() => this.ended !== undefined);
    return this.ended;
  }

  get waiting(): Page[] {
    return this.pages;
  }

  stop(): void {
    this.end();
  }

  private finished(why: unknown): void {
    this.ended ??= why;
    this.arrived();
  }

  private arrived(): void {
    for (const wake of this.arrivals.splice(0)) wake();
  }

  private async until(isSo: () => boolean): Promise<void> {
    const deadline = Date.now() + PATIENCE_MS;
    while (!isSo()) {
      const left = deadline - Date.now();
      if (left <= 0 || (this.ended !== undefined && this.pages.length === 0))
        throw new Error(`Nothing more came. The subscription: ${JSON.stringify(this.ended) ?? 'is open'}`);
      let timer: NodeJS.Timeout | undefined;
      await Promise.race([
        new Promise<void>((resolve) => this.arrivals.push(resolve)),
        new Promise<void>((resolve) => (timer = setTimeout(resolve, left))),
      ]);
      clearTimeout(timer);
    }
  }
}

import type { Client } from 'graphql-ws';
import { within } from './within.js';

/** What a subscription to something ephemeral has told; `ended` says why nothing more comes. */
export class Hearing<T> {
  readonly heard: T[] = [];
  ended: unknown;
  readonly stop: () => void;

  constructor(connection: Client, field: string, query: string, variables: Record<string, unknown> = {}) {
    this.stop = connection.subscribe<Record<string, T>>(
      { query, variables },
      {
        next: ({ data, errors }) => {
          if (data?.[field] === undefined) this.ended = errors;
          else this.heard.push(data[field]);
        },
        error: (error) => (this.ended = error),
        complete: () => (this.ended ??= 'complete'),
      },
    );
  }

  /** Waits until something was told of which this is so. */
  async hears(isSo: (value: T) => boolean): Promise<T> {
    await within(10_000, () => this.heard.some(isSo));
    return this.heard.find(isSo)!;
  }

  async over(): Promise<unknown> {
    await within(10_000, () => this.ended !== undefined);
    return this.ended;
  }
}

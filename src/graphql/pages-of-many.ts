import DataLoader from 'dataloader';
import { forwardPage } from './keyset.js';
import type { PageInfo } from './page-info.type.js';

interface Asked<Key> {
  id: string;
  first: number;
  after: Key | undefined;
}

interface PagedLists<Key, Row> {
  /** The first rows of each of the lists after a place. */
  fetch(ids: string[], after: Key | undefined, limit: number): Promise<Row[]>;
  listOf(row: Row): string;
  cursorOf(row: Row): string;
}

/**
 * Pages of many lists of one kind, such as the members of each of many channels: those asked for at the same moment are
 * fetched by one statement where they are the same stretch. Nothing is kept, so operations may share it.
 */
export class PagesOfMany<Key, Row> {
  private readonly loader = new DataLoader((asked: readonly Asked<Key>[]) => this.fetch(asked), { cache: false });

  constructor(private readonly lists: PagedLists<Key, Row>) {}

  load(id: string, first: number, after: Key | undefined): Promise<{ nodes: Row[]; pageInfo: PageInfo }> {
    return this.loader.load({ id, first, after });
  }

  private async fetch(asked: readonly Asked<Key>[]) {
    const stretchOf = ({ first, after }: Asked<Key>) => JSON.stringify([first, after]);
    const found = new Map<string, Map<string, Row[]>>();
    for (const [stretch, pages] of grouped(asked, stretchOf)) {
      const ids = [...new Set(pages.map(({ id }) => id))];
      const rows = await this.lists.fetch(ids, pages[0]?.after, (pages[0]?.first ?? 0) + 1);
      found.set(
        stretch,
        grouped(rows, (row) => this.lists.listOf(row)),
      );
    }
    return asked.map((one) => {
      const rows = found.get(stretchOf(one))?.get(one.id) ?? [];
      return forwardPage(rows, one.first, one.after !== undefined, (row) => this.lists.cursorOf(row));
    });
  }
}

/** Rows by a key, each group in the order of the rows. */
export function grouped<Key, Row>(rows: Iterable<Row>, keyOf: (row: Row) => Key): Map<Key, Row[]> {
  const groups = new Map<Key, Row[]>();
  for (const row of rows) {
    const group = groups.get(keyOf(row));
    if (group) group.push(row);
    else groups.set(keyOf(row), [row]);
  }
  return groups;
}

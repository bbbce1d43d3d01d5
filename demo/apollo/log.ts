export interface Entry {
  __typename: string;
  id: string;
  channelId: string;
  seq: number;
  sealedBody?: string | null;
}

export interface Gap {
  fromSeq: number;
  toSeq: number;
  reason: 'EXPIRED' | 'NOT_A_MEMBER';
}

export interface LogPage {
  channelId: string;
  entries: Entry[];
  gaps: Gap[];
  cursor: string;
  caughtUp: boolean;
}

/** What this device has read. In memory here; in a browser the same in IndexedDB, where `take` is one transaction. */
export class Log {
  readonly entries = new Map<string, Entry>();
  readonly gaps: (Gap & { channelId: string })[] = [];
  private cursors = new Map<string, string>();

  /** For `feed(after:)`: where to go on. */
  places(): { channelId: string; after: string }[] {
    return [...this.cursors].map(([channelId, after]) => ({ channelId, after }));
  }

  /** All of a page and its cursor, or nothing of it. */
  take({ channelId, entries, gaps, cursor }: LogPage): Promise<void> {
    for (const entry of entries) this.entries.set(entry.id, entry);
    for (const gap of gaps) this.gaps.push({ ...gap, channelId });
    this.cursors.set(channelId, cursor);
    return Promise.resolve();
  }

  /** The relay was restored from a backup: it gives everything again, and what is known already is known by its id. */
  startOver(): void {
    this.cursors = new Map();
  }
}

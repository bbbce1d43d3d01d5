import { Injectable } from '@nestjs/common';
import { Clock } from '../config/clock.js';
import { LetheError } from '../errors/lethe-error.js';
import { entryId } from '../realtime/entry-id.js';
import type { LogEntry } from '../realtime/log-entry.js';
import { LogTails } from '../realtime/log-tails.js';
import { Topics } from '../realtime/topics.js';
import { Histogram } from '../metrics/histogram.js';
import { AppendQueries, type Decision, type Draft, type Verdict } from './append.queries.js';

const MOST_A_FLUSH = 200;
const FLUSHES_AT_ONCE = 4;
const MOST_WAITING = 10_000;

/** How a post may end: a verdict, turned away because too many wait, or with an error. */
export const postOutcomes = [
  ...([
    'placed',
    'duplicate',
    'reused',
    'absent',
    'stale',
    'dangling',
    'no message',
    'expired',
    'retracted',
    'untagged',
    'unproven',
    'full',
    'unattachable',
  ] satisfies Decision['outcome'][]),
  'refused',
  'failed',
] as const;
type PostOutcome = (typeof postOutcomes)[number];

export type NewDraft = Omit<Draft, 'createdAt'>;

interface Waiting {
  draft: NewDraft;
  settle: (verdict: Decision) => void;
  fail: (error: unknown) => void;
}

/**
 * Writes messages, edits and reactions into the log. Idle, it writes at once; what arrives while a channel is being
 * written waits and goes together, so a busy channel costs one commit for many messages.
 */
@Injectable()
export class Appender {
  /** What became of posts; `failed`: nobody knows yet, the author tries again. */
  readonly outcomes = Object.fromEntries(postOutcomes.map((outcome) => [outcome, 0])) as Record<PostOutcome, number>;
  readonly batchSizes = new Histogram([1, 2, 5, 10, 20, 50, 100, 200]);
  readonly flushSeconds = new Histogram([0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2, 5]);
  private readonly waiting = new Map<string, Waiting[]>();
  private readonly writing = new Set<string>();
  private flushes = 0;
  private count = 0;

  constructor(
    private readonly queries: AppendQueries,
    private readonly tails: LogTails,
    private readonly topics: Topics,
    private readonly clock: Clock,
  ) {}

  /** Drafts that wait for a flush. */
  get queued(): number {
    return this.count;
  }

  append(draft: NewDraft): Promise<Decision> {
    if (this.count >= MOST_WAITING) {
      this.outcomes.refused += 1;
      throw new LetheError('UNAVAILABLE', 'More messages are waiting than can be written in time. Try again.', {
        reason: 'OVERLOADED',
      });
    }
    return new Promise((settle, fail) => {
      this.enqueue({ draft, settle, fail });
      this.flush();
    });
  }

  private enqueue(waiting: Waiting): void {
    const queue = this.waiting.get(waiting.draft.channelId);
    if (queue) queue.push(waiting);
    else this.waiting.set(waiting.draft.channelId, [waiting]);
    this.count += 1;
  }

  private flush(): void {
    while (this.flushes < FLUSHES_AT_ONCE) {
      const batch = this.pick();
      if (batch.length === 0) return;
      const channelIds = new Set(batch.map(({ draft }) => draft.channelId));
      for (const channelId of channelIds) this.writing.add(channelId);
      this.flushes += 1;
      const began = this.clock.elapsed();
      this.batchSizes.observe(batch.length);
      void this.write(batch).finally(() => {
        this.flushSeconds.observe((this.clock.elapsed() - began) / 1000);
        for (const channelId of channelIds) this.writing.delete(channelId);
        this.flushes -= 1;
        this.flush();
      });
    }
  }

  /** Messages of channels nobody is writing, in the order they came; one retry key, and one attachment, at most once. */
  private pick(): Waiting[] {
    const batch: Waiting[] = [];
    const keys = new Set<string>();
    for (const [channelId, queue] of this.waiting) {
      if (batch.length >= MOST_A_FLUSH) break;
      if (this.writing.has(channelId)) continue;
      const later: Waiting[] = [];
      for (const waiting of queue) {
        const own = keysOf(waiting.draft);
        if (batch.length >= MOST_A_FLUSH || own.some((key) => keys.has(key))) later.push(waiting);
        else batch.push(waiting);
        for (const key of own) keys.add(key);
      }
      if (later.length > 0) this.waiting.set(channelId, later);
      else this.waiting.delete(channelId);
    }
    this.count -= batch.length;
    return batch;
  }

  private async write(batch: Waiting[]): Promise<void> {
    const createdAt = this.clock.now();
    const drafts = batch.map(({ draft }) => ({ ...draft, createdAt }));
    try {
      const verdicts = await this.queries.append(drafts);
      this.answer(batch, verdicts);
      this.tell(drafts, verdicts);
    } catch (error) {
      // Another process wrote one of the retry keys at the same moment, and all of the batch was taken back.
      if (isTakenKey(error)) await this.writeOneByOne(batch);
      // Otherwise the outcome may be unknown. The retry finds the truth through its key; we never guess.
      else for (const waiting of batch) this.fail(waiting, error);
    }
  }

  private async writeOneByOne(batch: Waiting[]): Promise<void> {
    for (const waiting of batch) {
      const draft = { ...waiting.draft, createdAt: this.clock.now() };
      try {
        const verdicts = await this.queries.append([draft]);
        this.answer([waiting], verdicts);
        this.tell([draft], verdicts);
      } catch (error) {
        // Now alone, the key has been written by the other process: it is found there the next time.
        if (isTakenKey(error)) this.enqueue(waiting);
        else this.fail(waiting, error);
      }
    }
  }

  private answer(batch: Waiting[], verdicts: Verdict[]): void {
    for (const [index, waiting] of batch.entries()) {
      const verdict = verdicts[index];
      if (!verdict) this.fail(waiting, new Error('The append gave fewer verdicts than it was given drafts.'));
      else if (verdict.outcome === 'again') this.enqueue(waiting);
      else {
        this.outcomes[verdict.outcome] += 1;
        waiting.settle(verdict);
      }
    }
  }

  private fail(waiting: Waiting, error: unknown): void {
    this.outcomes.failed += 1;
    waiting.fail(error);
  }

  /** After the commit and after the answers: this process's tails first, then the bell for the others. */
  private tell(drafts: Draft[], verdicts: Verdict[]): void {
    const byChannel = new Map<string, LogEntry[]>();
    for (const [index, draft] of drafts.entries()) {
      const verdict = verdicts[index];
      if (verdict?.outcome !== 'placed') continue;
      const entries = byChannel.get(draft.channelId) ?? [];
      byChannel.set(draft.channelId, entries);
      entries.push(entryOf(draft, verdict));
    }
    if (byChannel.size === 0) return;
    setImmediate(() => {
      for (const [channelId, entries] of byChannel) this.tails.committed(channelId, entries);
      const heads = [...byChannel].map(([id, entries]): [string, number] => [id, entries.at(-1)?.seq ?? 0]);
      this.topics.publish('log-grew', { heads });
    });
  }
}

const keysOf = ({ accountId, clientMessageId, channelId, attachments }: NewDraft): string[] => [
  `${accountId} ${clientMessageId} ${channelId}`,
  ...(attachments?.files ?? []).map(({ id }) => id),
];

function entryOf(draft: Draft, { seq, expiresAt }: { seq: number; expiresAt: Date | null }): LogEntry {
  return {
    id: entryId(draft.channelId, seq),
    channelId: draft.channelId,
    seq,
    kind: draft.kind,
    createdAt: draft.createdAt,
    epoch: draft.epoch,
    sealedBody: draft.sealedBody,
    refersTo: draft.refersTo === null ? null : entryId(draft.channelId, draft.refersTo),
    expiresAt,
    accountId: null,
    change: null,
  };
}

const isTakenKey = (error: unknown): boolean =>
  (error as { constraint?: unknown } | undefined)?.constraint === 'channel_entries_idempotency_key';

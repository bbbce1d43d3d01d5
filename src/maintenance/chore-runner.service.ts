import { setTimeout as pause } from 'node:timers/promises';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import type { PoolClient } from 'pg';
import { Clock } from '../config/clock.js';
import { Pools } from '../database/pools.js';
import { databaseFault } from '../errors/database-fault.js';
import { LetheError } from '../errors/lethe-error.js';
import { Log } from '../errors/log.js';
import { newId } from '../graphql/new-id.js';
import { ChoreOutcome, type ChoreRun } from './chore.type.js';
import {
  beginRun,
  type ChoreError,
  failAbandoned,
  finishRun,
  noteProgress,
  tryLock,
  unlock,
} from './chore-runs.queries.js';
import type { Batch, Chore, GetService } from './chores.js';

/** A batch that takes longer is halved: what it has locked by then, others may be waiting for. */
const SLOW_MS = 250;
const SMALLEST_BATCH = 50;

/** Of the time a batch took: a long sweep lets others get a word in. */
const REST_PER_BATCH = 0.1;

interface Occasion {
  slot: Date | null;
  dryRun: boolean;
}

/** Runs chores: each by one process at a time, and once for each slot of its schedule. */
@Injectable()
export class ChoreRunner implements OnModuleDestroy {
  private readonly stopping = new AbortController();
  private readonly running = new Set<Promise<unknown>>();
  private readonly service: GetService = (type) => this.container.get(type, { strict: false });

  constructor(
    private readonly pools: Pools,
    private readonly clock: Clock,
    private readonly log: Log,
    private readonly container: ModuleRef,
  ) {}

  /** Waits until the batches that are under way are done, and their rows written. */
  async onModuleDestroy(): Promise<void> {
    this.stopping.abort();
    await Promise.allSettled(this.running);
  }

  /**
   * Undefined: the slot is done, or the chore is being run. `begun` hears of the run as soon as it has a row. Asked for
   * by hand while it is being run, it leaves a row that says SKIPPED.
   */
  run(chore: Chore, occasion: Occasion, begun?: (run: ChoreRun) => void): Promise<ChoreRun | undefined> {
    const run = this.runLocked(chore, occasion, begun).finally(() => this.running.delete(run));
    this.running.add(run);
    return run;
  }

  private async runLocked(
    chore: Chore,
    { slot, dryRun }: Occasion,
    begun?: (run: ChoreRun) => void,
  ): Promise<ChoreRun | undefined> {
    if (this.stopping.signal.aborted) throw stopped();
    const connection = await this.pools.chores.connect();
    // Lost between two statements, it would end the process; the next statement on it fails anyway.
    connection.on('error', ignore);
    let broken = true;
    try {
      const beginning = { chore: chore.name, slot, dryRun, at: this.clock.now() };
      const locked = await tryLock(connection, chore.name);
      if (locked) await failAbandoned(connection, chore.name, beginning.at);
      const outcome = locked ? ChoreOutcome.RUNNING : ChoreOutcome.SKIPPED;
      // What another process is doing in this very slot is nothing to write down.
      const row = locked || slot === null ? await beginRun(connection, beginning, outcome) : undefined;
      const run = row && locked ? await this.carryOut(chore, connection, row, begun) : row;
      broken = locked && !(await unlock(connection, chore.name).catch(() => false));
      return run;
    } finally {
      if (!broken) connection.off('error', ignore);
      // With the connection its lock goes, whatever state it is in.
      connection.release(broken);
    }
  }

  private async carryOut(
    chore: Chore,
    connection: PoolClient,
    row: ChoreRun,
    begun?: (run: ChoreRun) => void,
  ): Promise<ChoreRun> {
    begun?.(row);
    const began = this.clock.elapsed();
    const progress = { affected: 0 };
    const error = await this.work(chore, connection, row, progress).then(() => null, this.errorOf);
    const ending = { ...progress, error, at: this.clock.now() };
    // A connection that was lost cannot say so itself. Where this fails too, the next run finds the row.
    const run = await finishRun(connection, row.id, ending).catch(() => finishRun(this.pools.chores, row.id, ending));
    const { outcome, dryRun, affected } = run;
    const milliseconds = Math.round(this.clock.elapsed() - began);
    const facts = { chore: chore.name, outcome, dryRun, affected, milliseconds, ...(error && { error }) };
    if (error) this.log.warn('chore', facts);
    else this.log.info('chore', facts);
    return run;
  }

  private async work(
    chore: Chore,
    connection: PoolClient,
    { id, dryRun }: ChoreRun,
    progress: { affected: number },
  ): Promise<void> {
    if (dryRun) {
      progress.affected = await chore.count(connection, this.clock.now(), this.service);
      return;
    }
    let limit = chore.batchSize;
    for (;;) {
      const began = this.clock.elapsed();
      const done = await this.batch(chore, connection, limit);
      const took = this.clock.elapsed() - began;
      progress.affected += done?.affected ?? 0;
      if (done?.goesOn === false) return;
      if (this.stopping.signal.aborted) throw stopped();
      await noteProgress(connection, id, progress.affected);
      if (done === undefined || took > SLOW_MS) limit = smaller(limit);
      await pause(Math.min(took * REST_PER_BATCH, SLOW_MS), undefined, { signal: this.stopping.signal }).catch(() => {
        throw stopped();
      });
    }
  }

  /** Undefined: it was too much for PostgreSQL to do in time, and nothing was done. */
  private async batch(chore: Chore, connection: PoolClient, limit: number): Promise<Batch | undefined> {
    try {
      const done = await chore.batch(connection, this.clock.now(), limit, this.service);
      return typeof done === 'number' ? { affected: done, goesOn: done >= limit } : done;
    } catch (error) {
      if (databaseFault(error)?.reason !== 'OVERLOADED' || limit <= SMALLEST_BATCH) throw error;
      return undefined;
    }
  }

  private readonly errorOf = (error: unknown): ChoreError => {
    if (error instanceof LetheError && error.reason === 'SHUTTING_DOWN') return error.reason;
    const fault = databaseFault(error)?.reason;
    if (fault === 'DATABASE_DOWN' || fault === 'OVERLOADED') return fault;
    this.log.unexpected(newId(this.clock.now()), error);
    return 'INTERNAL_SERVER_ERROR';
  };
}

const ignore = () => undefined;

const smaller = (limit: number) => Math.min(limit, Math.max(SMALLEST_BATCH, Math.ceil(limit / 2)));

const stopped = () => new LetheError('UNAVAILABLE', 'This process is stopping.', { reason: 'SHUTTING_DOWN' });

import { setTimeout as pause } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { AdminAccess } from '../auth/admin.access.js';
import type { Viewer } from '../auth/viewer.js';
import { Pools } from '../database/pools.js';
import { badInput } from '../errors/lethe-error.js';
import { uuid } from '../graphql/input-rules.js';
import { forwardPage, readKeyset, writeKeyset } from '../graphql/keyset.js';
import type { Chore, ChoreRun, ChoreRunConnection } from './chore.type.js';
import { choreName, type RunChoreInput } from './chore.inputs.js';
import { ChoreRunner } from './chore-runner.service.js';
import { lastRuns, runsBefore } from './chore-runs.queries.js';
import { chores } from './chores.js';

/** A run that takes longer is answered while it goes on. */
const ANSWER_WITHIN_MS = 5_000;

const sortKey = z.tuple([uuid]);

/** Chores, as administrators see and start them. */
@Injectable()
export class Chores {
  constructor(
    private readonly admins: AdminAccess,
    private readonly pools: Pools,
    private readonly runner: ChoreRunner,
  ) {}

  async list(viewer: Viewer): Promise<Chore[]> {
    await this.admins.require(viewer);
    const last = await lastRuns(
      this.pools.read,
      chores.map(({ name }) => name),
    );
    return chores.map(({ name, description, schedule }) => ({
      name,
      description,
      schedule,
      lastRun: last.get(name) ?? null,
    }));
  }

  async runs(
    viewer: Viewer,
    name: string | null | undefined,
    first: number,
    after: string | null | undefined,
  ): Promise<ChoreRunConnection> {
    await this.admins.require(viewer);
    if (typeof name === 'string' && !choreName.safeParse(name).success) throw badInput('name', 'No such chore.');
    const [before] = readKeyset('choreRuns', after, sortKey) ?? [];
    const rows = await runsBefore(this.pools.read, name ?? null, before, first + 1);
    return forwardPage(rows, first, before !== undefined, ({ id }) => writeKeyset('choreRuns', [id]));
  }

  async run(viewer: Viewer, { name, dryRun }: RunChoreInput): Promise<ChoreRun> {
    await this.admins.require(viewer);
    const chore = chores.find((one) => one.name === name);
    if (!chore) throw badInput('input.name', 'No such chore.');
    let begun: ChoreRun | undefined;
    const running = this.runner.run(chore, { slot: null, dryRun: dryRun ?? false }, (run) => (begun = run));
    const answered = new AbortController();
    const late = pause(ANSWER_WITHIN_MS, undefined, { signal: answered.signal, ref: false }).catch(() => undefined);
    const finished = await Promise.race([running, late]).finally(() => answered.abort());
    // Whoever is answered early finds the end among the runs; nobody waits for it here any more.
    running.catch(() => undefined);
    return finished ?? begun ?? running.then((run) => run ?? Promise.reject(new Error('A run by hand has a row.')));
  }
}

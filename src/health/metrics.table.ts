import type { Pool } from 'pg';
import type { Caps } from '../limits/caps.js';
import type { Limits } from '../limits/limits.service.js';
import { capsTable, limitsTable } from '../limits/limits.table.js';
import type { ChoreRunner } from '../maintenance/chore-runner.service.js';
import { chores } from '../maintenance/chores.js';
import { type Appender, postOutcomes } from '../messages/appender.js';
import type { Histogram } from '../metrics/histogram.js';
import { type OperationCounts, operationKinds, operationOutcomes } from '../metrics/operation-counts.js';
import type { LogTails } from '../realtime/log-tails.js';
import { countedCloseCodes, type SocketServer } from '../realtime/socket-server.js';

export const poolNames = ['general', 'append', 'read', 'claims', 'mailbox', 'chores'] as const;

const choreNames = chores.map(({ name }) => name);

/** Whoever counts. They are asked when somebody scrapes; until then they only add up plain numbers. */
export interface Sources {
  sockets: SocketServer;
  tails: LogTails;
  appender: Appender;
  operations: OperationCounts;
  limits: Limits;
  caps: Caps;
  chores: ChoreRunner;
  pools: Record<(typeof poolNames)[number], Pool>;
}

export interface Sample {
  value: number;
  labels: Record<string, string>;
}

export interface Metric {
  type: 'gauge' | 'counter' | 'histogram';
  what: string;
  /** Every value a label can have: nothing that names or numbers somebody or something is ever one. */
  labels?: Record<string, readonly string[]>;
  read: (sources: Sources) => number | Sample[] | Histogram;
}

const byLabel = (label: string, counts: Iterable<[string, number]>): Sample[] =>
  [...counts].map(([name, value]) => ({ value, labels: { [label]: name } }));

const ofPools = (read: (pool: Pool) => number) => ({
  type: 'gauge' as const,
  labels: { pool: poolNames },
  read: ({ pools }: Sources) =>
    byLabel(
      'pool',
      poolNames.map((name) => [name, read(pools[name])]),
    ),
});

/** Every metric of the relay beside those of Node. `docs/metrics.md` is printed from this table. */
export const metricsTable = {
  lethe_sockets: {
    type: 'gauge',
    what: 'Open sockets.',
    read: ({ sockets }) => sockets.count,
  },
  lethe_sockets_behind: {
    type: 'gauge',
    what: 'Open sockets whose client had not taken everything at the last look; after 60 s of it they are closed.',
    read: ({ sockets }) => sockets.socketsBehind(),
  },
  lethe_socket_waiting_bytes: {
    type: 'gauge',
    what: 'Bytes that wait for clients to take them.',
    read: ({ sockets }) => sockets.bytesWaiting(),
  },
  lethe_sockets_closed_total: {
    type: 'counter',
    what: 'Sockets that were closed, by close code (docs/errors.md); `other` are codes that only clients send.',
    labels: { code: countedCloseCodes },
    read: ({ sockets }) => byLabel('code', sockets.closings),
  },
  lethe_followed_channels: {
    type: 'gauge',
    what: 'Channels of which at least one subscription of this process follows the log.',
    read: ({ tails }) => tails.counts.tails,
  },
  lethe_followers: {
    type: 'gauge',
    what: 'Places in logs that subscriptions follow; a feed counts once a channel. `live`: given pages as they come; `waiting`: level, and reads the next page by itself; `replaying`: behind, reading page by page.',
    labels: { state: ['live', 'waiting', 'replaying'] },
    read: ({ tails: { counts } }) =>
      byLabel('state', [
        ['live', counts.live],
        ['waiting', counts.waiting],
        ['replaying', counts.replaying],
      ]),
  },
  lethe_deliveries_total: {
    type: 'counter',
    what: 'Pages of logs written to followers, one frame each.',
    labels: { state: ['live', 'replayed'] },
    read: ({ tails: { deliveries } }) => byLabel('state', Object.entries(deliveries)),
  },
  lethe_tail_places_behind: {
    type: 'gauge',
    what: 'Entries this process has heard of and not read yet, over all channels it follows.',
    read: ({ tails }) => tails.lag.places,
  },
  lethe_tail_seconds_behind: {
    type: 'gauge',
    what: 'How long the slowest followed channel has been behind what this process has heard of. Some milliseconds are normal.',
    read: ({ tails }) => tails.lag.ms / 1000,
  },
  lethe_posts_total: {
    type: 'counter',
    what: 'Messages by what became of them: `placed`, `duplicate` (a retry), `reused` (its key had another body), `absent` (no such channel for the author), `stale` (sealed for another epoch), `dangling` (answers nothing), `refused` (too many waited), `failed` (PostgreSQL did not say; the author tries again).',
    labels: { outcome: postOutcomes },
    read: ({ appender }) => byLabel('outcome', Object.entries(appender.outcomes)),
  },
  lethe_posts_waiting: {
    type: 'gauge',
    what: 'Messages that wait to be written; from 10,000 on posts are refused.',
    read: ({ appender }) => appender.queued,
  },
  lethe_append_batch_size: {
    type: 'histogram',
    what: 'Messages written with one statement.',
    read: ({ appender }) => appender.batchSizes,
  },
  lethe_append_duration_seconds: {
    type: 'histogram',
    what: 'Time from sending such a statement to PostgreSQL to its answer, the wait for a connection included.',
    read: ({ appender }) => appender.flushSeconds,
  },
  lethe_operations_total: {
    type: 'counter',
    what: 'GraphQL operations over HTTP and sockets by the code of the answer’s first error (docs/errors.md), or `OK`. A subscription counts when it begins, and when it fails later. `none`: refused before an operation was found in it.',
    labels: { kind: operationKinds, code: operationOutcomes },
    read: ({ operations }) => [...operations.all()].map(({ count, ...labels }) => ({ value: count, labels })),
  },
  lethe_limited_total: {
    type: 'counter',
    what: 'How often a rate limit or cap said no (docs/limits.md).',
    labels: { limit: [...Object.keys(limitsTable), ...Object.keys(capsTable)] },
    read: ({ limits, caps }) =>
      byLabel('limit', [...Object.entries(limits.refusals), ...Object.entries(caps.refusals)]),
  },
  lethe_chore_runs_total: {
    type: 'counter',
    what: 'Chores that this process ran (docs/chores.md); of all processes one runs each.',
    labels: { chore: choreNames, outcome: ['done', 'failed'] },
    read: ({ chores }) =>
      [...chores.counts].flatMap(([chore, { done, failed }]) => [
        { value: done, labels: { chore, outcome: 'done' } },
        { value: failed, labels: { chore, outcome: 'failed' } },
      ]),
  },
  lethe_chore_seconds_total: {
    type: 'counter',
    what: 'How long they took.',
    labels: { chore: choreNames },
    read: ({ chores }) =>
      byLabel(
        'chore',
        [...chores.counts].map(([chore, { seconds }]) => [chore, seconds]),
      ),
  },
  lethe_chore_affected_total: {
    type: 'counter',
    what: 'Rows they deleted, erased or told of.',
    labels: { chore: choreNames },
    read: ({ chores }) =>
      byLabel(
        'chore',
        [...chores.counts].map(([chore, { affected }]) => [chore, affected]),
      ),
  },
  lethe_database_connections: {
    what: 'Connections to PostgreSQL that a pool holds.',
    ...ofPools((pool) => pool.totalCount),
  },
  lethe_database_connections_idle: {
    what: 'Connections of a pool that nobody is using.',
    ...ofPools((pool) => pool.idleCount),
  },
  lethe_database_connections_most: {
    what: 'Connections a pool may hold.',
    ...ofPools((pool) => pool.options.max),
  },
  lethe_database_waiting: {
    what: 'Statements that wait for a connection of a pool.',
    ...ofPools((pool) => pool.waitingCount),
  },
} satisfies Record<string, Metric>;

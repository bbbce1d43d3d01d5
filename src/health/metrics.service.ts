import { Injectable } from '@nestjs/common';
import type { Pool } from 'pg';
import { collectDefaultMetrics, Counter, Gauge, type Metric as Registered, Registry } from 'prom-client';
import { DataSource } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import { Pools } from '../database/pools.js';
import { Caps } from '../limits/caps.js';
import { Limits } from '../limits/limits.service.js';
import { ChoreRunner } from '../maintenance/chore-runner.service.js';
import { Appender } from '../messages/appender.js';
import { Histogram } from '../metrics/histogram.js';
import { OperationCounts } from '../metrics/operation-counts.js';
import { LogTails } from '../realtime/log-tails.js';
import { SocketServer } from '../realtime/socket-server.js';
import { type Metric, metricsTable, type Sample, type Sources } from './metrics.table.js';

/** What `/metrics` says, put together while somebody asks. */
@Injectable()
export class Metrics {
  private readonly sources: Sources;
  private registry: Registry | undefined;

  constructor(
    sockets: SocketServer,
    tails: LogTails,
    appender: Appender,
    operations: OperationCounts,
    limits: Limits,
    caps: Caps,
    chores: ChoreRunner,
    pools: Pools,
    dataSource: DataSource,
  ) {
    const general = (dataSource.driver as PostgresDriver).master as Pool;
    this.sources = { sockets, tails, appender, operations, limits, caps, chores, pools: { general, ...pools.all } };
  }

  /** In the text format of Prometheus. */
  async text(): Promise<{ contentType: string; body: string }> {
    // Not before somebody asks: Node measures its own event loop from here on.
    this.registry ??= registryOf(this.sources);
    return { contentType: this.registry.contentType, body: await this.registry.metrics() };
  }
}

function registryOf(sources: Sources): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  for (const [name, metric] of Object.entries<Metric>(metricsTable)) register(registry, name, metric, sources);
  return registry;
}

function register(registry: Registry, name: string, metric: Metric, sources: Sources): void {
  const { type, what: help, labels = {} } = metric;
  if (type === 'histogram') return registry.registerMetric(counted(name, metric, sources));
  const settings = { name, help, labelNames: Object.keys(labels), registers: [registry] };
  const read = () => samplesOf(metric.read(sources));
  if (type === 'gauge') {
    new Gauge({
      ...settings,
      collect: function () {
        for (const { labels, value } of read()) this.set(labels, value);
      },
    });
  } else {
    new Counter({
      ...settings,
      collect: function () {
        // The counts themselves are kept by whoever counts.
        this.reset();
        for (const { labels, value } of read()) this.inc(labels, value);
      },
    });
  }
}

const samplesOf = (read: number | Sample[] | Histogram): Sample[] =>
  typeof read === 'number' ? [{ value: read, labels: {} }] : (read as Sample[]);

/** prom-client has no histogram that is counted elsewhere; this is one in the shape it prints. */
function counted(name: string, { what: help, read }: Metric, sources: Sources): Registered {
  const get = () => {
    const histogram = read(sources) as Histogram;
    const buckets = histogram.cumulative.map(([le, value]) => ({
      metricName: `${name}_bucket`,
      labels: { le },
      value,
    }));
    const count = buckets.at(-1)?.value ?? 0;
    const totals = [
      { metricName: `${name}_sum`, labels: {}, value: histogram.sum },
      { metricName: `${name}_count`, labels: {}, value: count },
    ];
    return Promise.resolve({ name, help, type: 'histogram', values: [...buckets, ...totals] });
  };
  return { name, get } as unknown as Registered;
}

import { type Metric, metricsTable } from '../../src/health/metrics.table.js';

/** `docs/metrics.md`. */
export function metricsPage(): string {
  const rows = Object.entries<Metric>(metricsTable).map(([name, { type, what, labels = {} }]) => {
    const named = Object.entries(labels).map(([label, values]) => `\`${label}\`: ${values.join(', ')}`);
    return `| \`${name}\` | ${type} | ${what.replaceAll('|', '\\|')} | ${named.join('; ')} |`;
  });
  return `# Metrics

\`/metrics\` tells Prometheus what one process does. Each process counts for itself, from zero at every start: scrape each, not the load balancer. Outside
production anybody may read it; in production whoever sends \`LETHE_METRICS_TOKEN\` as bearer token, and nobody where that is not set.

Labels have the values listed here and no others. None is an id, a name or an address.

| metric | type | what it tells | labels |
| --- | --- | --- | --- |
${rows.join('\n')}

Beside these stand those of Node and its process as prom-client names them (\`nodejs_*\`, \`process_*\`), the lag of the event loop among them.

Printed from \`src/health/metrics.table.ts\` by \`npm run generate\`.
`;
}

import { readFileSync } from 'node:fs';
import { createRequire, register } from 'node:module';
import type { NodeSDKConfiguration } from '@opentelemetry/sdk-node';
import { discreet } from './discreet-spans.js';

// `node --import ./dist/src/telemetry.js …/main.js`: sends spans to the collector that the OTEL_* variables name.
// The packages are not among the relay's dependencies: who traces installs them.

type TraceExporter = NonNullable<NodeSDKConfiguration['traceExporter']>;

const ofThisFile = createRequire(import.meta.url);
let sdkNode: string;
try {
  sdkNode = ofThisFile.resolve('@opentelemetry/sdk-node');
} catch {
  process.stderr.write(
    `\nLethe could not start. Telemetry needs packages that are not installed. Run:\n  ${howToInstall()}\n`,
  );
  process.exit(1);
}

// What is imported, and not required, is only seen through this hook. It comes with the SDK, not beside it.
const ofTheSdk = createRequire(sdkNode);
register(ofTheSdk.resolve('@opentelemetry/instrumentation/hook.mjs'), import.meta.url);
const { OTLPTraceExporter } = ofTheSdk('@opentelemetry/exporter-trace-otlp-proto') as {
  OTLPTraceExporter: new () => TraceExporter;
};

const [
  { NodeSDK },
  { HttpInstrumentation },
  { GraphQLInstrumentation },
  { PgInstrumentation },
  { IORedisInstrumentation },
] = await Promise.all([
  import('@opentelemetry/sdk-node'),
  import('@opentelemetry/instrumentation-http'),
  import('@opentelemetry/instrumentation-graphql'),
  import('@opentelemetry/instrumentation-pg'),
  import('@opentelemetry/instrumentation-ioredis'),
]);

process.env.OTEL_SERVICE_NAME ??= 'lethe';
new NodeSDK({
  traceExporter: discreet(new OTLPTraceExporter()),
  // Numbers are told by /metrics, and lines of the log stay on standard output.
  metricReaders: [],
  logRecordProcessors: [],
  // Of the machine and the command line nothing is told.
  autoDetectResources: false,
  serviceName: process.env.OTEL_SERVICE_NAME,
  // A client's own trace id would be an identifier, and nobody behind the relay needs one.
  textMapPropagator: null,
  instrumentations: [
    new HttpInstrumentation(),
    new GraphQLInstrumentation({ ignoreResolveSpans: true, mergeItems: true, depth: 0 }),
    new PgInstrumentation({ enhancedDatabaseReporting: false, ignoreConnectSpans: true }),
    new IORedisInstrumentation({ dbStatementSerializer: (name) => name, requireParentSpan: false }),
  ],
}).start();

function howToInstall(): string {
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  const { devDependencies = {} } = JSON.parse(manifest) as { devDependencies?: Record<string, string> };
  const packages = Object.entries(devDependencies).filter(([name]) => name.startsWith('@opentelemetry/'));
  return `npm install --no-save ${packages.map((pinned) => pinned.join('@')).join(' ')}`;
}

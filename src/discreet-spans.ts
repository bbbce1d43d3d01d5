import type { NodeSDKConfiguration } from '@opentelemetry/sdk-node';

type SpanExporter = NonNullable<NodeSDKConfiguration['traceExporter']>;
type Span = Parameters<SpanExporter['export']>[0][number];

/** All that a span may say beside what it is and how long it took. What an instrumentation invents later stays here. */
const attributesTold = new Set([
  'http.request.method',
  'http.response.status_code',
  'http.method',
  'http.status_code',
  'http.route',
  'graphql.operation.type',
  'db.system',
  'db.system.name',
  'db.operation.name',
  // Text of a statement; its values are parameters and travel apart from it.
  'db.statement',
  'db.query.text',
]);

/** Hands spans on without whatever could name somebody: ids, names, addresses, variables, values, words of errors. */
export function discreet(exporter: SpanExporter): SpanExporter {
  return {
    export: (spans, done) => exporter.export(spans.map(withoutNames), done),
    shutdown: () => exporter.shutdown(),
    forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve(),
  };
}

function withoutNames(span: Span): Span {
  const told = Object.entries(span.attributes).filter(([name]) => attributesTold.has(name));
  const overrides: Partial<Record<keyof Span, unknown>> = {
    // What follows is a path, the name a client gave its operation, or a database.
    name: span.name.split(' ')[0],
    attributes: Object.fromEntries(told),
    // Errors among them, which quote what they are about.
    events: [],
    links: [],
    status: { code: span.status.code },
  };
  // A view of the span: it has getters and methods that a copy would lose.
  return Object.create(span, Object.getOwnPropertyDescriptors(overrides)) as Span;
}

import type { Settings } from './config/settings.js';
import { graphiqlIn, GRAPHIQL_PATH } from './graphiql.js';
import type { OpenDatabase } from './open-database.js';

interface Running {
  version: string;
  settings: Settings;
  database: OpenDatabase;
  /** What the server listens on. */
  url: string;
}

/** Said once the relay listens: what runs, where the data lies, and what to try next. */
export function banner({ version, settings, database, url }: Running): string {
  const relay = reachableAt(settings, url);
  const graphql = `${relay}/graphql`;
  const facts = {
    PostgreSQL: database.place,
    Redis: settings.REDIS_URL ? new URL(settings.REDIS_URL).host : 'none: this process alone',
    Data: settings.LETHE_DATA,
    ...(graphiqlIn(settings) && { GraphiQL: `${relay}${GRAPHIQL_PATH}` }),
    'Try it': `curl ${graphql} -H 'content-type: application/json' -d '{"query":"{ __typename }"}'`,
    Read: 'README.md (a first conversation), docs/configuration.md (settings), schema.graphql (the API)',
    Stop: 'Ctrl-C',
  };
  const lines = Object.entries(facts).map(([name, fact]) => `  ${name.padEnd(12)}${fact}\n`);
  return `\nLethe ${version} is running on ${graphql} (HTTP and WebSocket)\n\n${lines.join('')}\n`;
}

function reachableAt({ LETHE_PUBLIC_URL, LETHE_HOST }: Settings, listening: string): string {
  if (LETHE_PUBLIC_URL !== undefined) return LETHE_PUBLIC_URL.replace(/\/$/, '');
  const everywhere = LETHE_HOST === '0.0.0.0' || LETHE_HOST === '::';
  return everywhere ? `http://localhost:${new URL(listening).port}` : listening;
}

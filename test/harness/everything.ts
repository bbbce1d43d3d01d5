import type { TestRelay } from './relay.js';

// Who gives a wrong password is refused, and the owner told of it.
const besides: Record<string, string> = {
  security_events: `WHERE kind <> 'LOGIN_FAILED'`,
  // What processes say of themselves, by their own clock.
  relay_processes: 'WHERE false',
};

/** A digest of every table, to see that nothing at all was stored, changed or deleted. */
export async function everythingIn(relay: TestRelay, except: string[] = []): Promise<unknown> {
  const tables = await relay.rows<{ name: string }>(
    `SELECT quote_ident(tablename) AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename`,
  );
  const digests = tables
    .filter(({ name }) => !except.includes(name))
    .map(
      ({ name }) =>
        `SELECT '${name}' AS name, md5(string_agg(t::text, ',' ORDER BY t::text)) FROM ${name} AS t ${besides[name] ?? ''}`,
    );
  return relay.rows(`${digests.join(' UNION ALL ')} ORDER BY name`);
}

import pg from 'pg';

/** As `pg` itself reads the URL and the environment (PGSSLMODE), so that nothing is promised that it does not do. */
export function databaseWayFault(connectionString: string): string | undefined {
  const ssl = sslOf(connectionString);
  if (ssl === 'unreadable') return 'DATABASE_URL names a certificate or key file that cannot be read; correct the path';
  if (ssl === false) return insecure('DATABASE_URL', 'is not encrypted', 'add ?sslmode=verify-full', 'DATABASE');
  if (ssl !== true && ssl.rejectUnauthorized === false)
    return insecure('DATABASE_URL', 'is encrypted for whoever answers', 'set sslmode=verify-full', 'DATABASE');
  return undefined;
}

export function redisWayFault(url: string): string | undefined {
  return url.startsWith('rediss:')
    ? undefined
    : insecure('REDIS_URL', 'is not encrypted', 'take rediss:// instead of redis://', 'REDIS');
}

const insecure = (setting: string, what: string, remedy: string, which: string) =>
  `${setting}: the way there ${what}; ${remedy}, or set LETHE_INSECURE_${which}=true if nobody else can be on it`;

function sslOf(connectionString: string): boolean | { rejectUnauthorized?: boolean } | 'unreadable' {
  try {
    const client = new pg.Client({ connectionString });
    // A socket in the file system does not leave the machine.
    return client.host.startsWith('/') || client.ssl;
  } catch {
    return 'unreadable';
  }
}

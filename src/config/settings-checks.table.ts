import { secretFault } from './secret-fault.js';
import { isForEverybody } from './proxy-ranges.js';
import { databaseWayFault, redisWayFault } from './ways.js';
import { type Setting, type Settings, settingsTable } from './settings.js';

export interface SettingsCheck {
  /** What is looked at. */
  name: string;
  /** What is wrong and what to do, each naming its setting and never the value. */
  faults: (settings: Settings, environment: NodeJS.ProcessEnv) => (string | undefined)[];
}

type SettingName = keyof Settings;

const secretNames = [
  'LETHE_SERVER_KEY',
  'LETHE_EMAIL_PEPPER',
  'LETHE_PREVIOUS_EMAIL_PEPPER',
  'LETHE_TOTP_KEY',
  'LETHE_PREVIOUS_TOTP_KEY',
  'LETHE_METRICS_TOKEN',
  'LETHE_S3_SECRET_ACCESS_KEY',
] as const satisfies SettingName[];

/** What a production start refuses, and `npm run doctor` reports. */
export const settingsChecks: SettingsCheck[] = [
  {
    name: 'what production needs is set',
    faults: (settings) =>
      Object.entries<Setting>(settingsTable).map(([name, { productionNeedsIt: why }]) =>
        why !== undefined && settings[name as SettingName] === undefined
          ? `${name} must be set in production: ${why}`
          : undefined,
      ),
  },
  {
    name: 'secrets are hard to guess',
    faults: (settings) =>
      secretNames.map((name) => {
        const fault = settings[name] === undefined ? undefined : secretFault(settings[name]);
        return fault && `${name} ${fault}; \`openssl rand -base64 32\` makes a good one`;
      }),
  },
  {
    name: 'no secret serves two purposes',
    faults: (settings) => {
      const [name, other] = twoAlike(settings);
      return [name && `${name} and ${other} are the same: who learns one has both; make one of its own for each`];
    },
  },
  {
    name: 'the password of DATABASE_URL is no example',
    faults: ({ DATABASE_URL: url }) => [
      url !== undefined && hasExamplePassword(url)
        ? 'DATABASE_URL has a password out of an example, or the name of its user; give the user another one'
        : undefined,
    ],
  },
  {
    name: 'the way to PostgreSQL is encrypted',
    faults: ({ DATABASE_URL: url, LETHE_INSECURE_DATABASE: told }) => [
      url === undefined || told ? undefined : databaseWayFault(url),
    ],
  },
  {
    name: 'the way to Redis is encrypted',
    faults: ({ REDIS_URL: url, LETHE_INSECURE_REDIS: told }) => [
      url === undefined || told ? undefined : redisWayFault(url),
    ],
  },
  {
    name: 'the way to the store of files is encrypted',
    faults: (settings) =>
      (['LETHE_S3_ENDPOINT', 'LETHE_S3_PUBLIC_ENDPOINT'] as const).map((name) =>
        settings[name]?.startsWith('http:') && !settings.LETHE_INSECURE_S3
          ? `${name} is without TLS; use https, or set LETHE_INSECURE_S3=true if nobody else is on that way`
          : undefined,
      ),
  },
  {
    name: 'files have an address',
    faults: ({ LETHE_S3_BUCKET: bucket, LETHE_PUBLIC_URL: url }) => [
      bucket === undefined && url === undefined
        ? 'LETHE_PUBLIC_URL must be set in production unless files go to LETHE_S3_BUCKET: their addresses begin with it'
        : undefined,
    ],
  },
  {
    name: 'certificates are verified',
    faults: (_, { NODE_TLS_REJECT_UNAUTHORIZED: verify }) => [
      verify === '0'
        ? 'NODE_TLS_REJECT_UNAUTHORIZED=0 lets anybody stand in for PostgreSQL, Redis and every other server; unset it'
        : undefined,
    ],
  },
  {
    name: 'LETHE_TRUSTED_PROXIES names proxies',
    faults: ({ LETHE_TRUSTED_PROXIES: ranges }) => [
      ranges.some(isForEverybody)
        ? 'LETHE_TRUSTED_PROXIES trusts everybody, so everybody chooses the address that limits count; name the proxies alone'
        : undefined,
    ],
  },
  {
    name: 'rate limits are in force',
    faults: ({ LETHE_LIMIT_SCALE: scale, LETHE_LIMIT_SCALE_IN_PRODUCTION: meant }) => [
      scale > 1 && !meant
        ? 'LETHE_LIMIT_SCALE above 1 weakens every limit; set LETHE_LIMIT_SCALE_IN_PRODUCTION=true as well if you mean it'
        : undefined,
    ],
  },
];

function twoAlike(settings: Settings): [SettingName, SettingName] | [] {
  const seen = new Map<string, SettingName>();
  for (const name of secretNames) {
    const secret = settings[name];
    if (secret === undefined) continue;
    const other = seen.get(secret);
    if (other) return [other, name];
    seen.set(secret, name);
  }
  return [];
}

/** Of docker-compose.yml and of what others show. */
const examplePasswords = /^(lethe|postgres|postgresql|password|secret|admin|root|test|example|change.?me)?\d*$/i;

function hasExamplePassword(url: string): boolean {
  const { username, password } = new URL(url);
  // Without one the server lets the user in by other means, or not at all.
  return password !== '' && (password === username || examplePasswords.test(password));
}

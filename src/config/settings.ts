import { resolve } from 'node:path';
import { z } from 'zod';

export const SETTINGS = Symbol('Settings');

const flag = z.enum(['true', 'false', '1', '0']).transform((value) => value === 'true' || value === '1');
const list = z.string().transform((text) =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== ''),
);
const insecure = { schema: flag, default: 'false' };
const secret = z.string().min(32, 'needs at least 32 characters; `openssl rand -base64 32` makes one');

export interface Setting {
  schema: z.ZodType;
  /** As it would stand in the environment; absent means unset. */
  default?: string;
  description: string;
  /** What a production start says when it is unset. */
  productionNeedsIt?: string;
}

/** Every setting there is. `.env.example` and `docs/configuration.md` are printed from this table. */
export const settingsTable = {
  NODE_ENV: {
    schema: z.enum(['development', 'test', 'production']),
    default: 'development',
    description: '`production` refuses every default that would be unsafe there, naming the setting.',
  },
  PORT: {
    schema: z.coerce.number().int().min(0).max(65535),
    default: '8080',
    description: 'TCP port of HTTP and sockets. 0 takes a free one.',
  },
  LETHE_HOST: {
    schema: z.string().min(1),
    default: '0.0.0.0',
    description: 'Address to listen on.',
  },
  DATABASE_URL: {
    schema: z.url({ protocol: /^postgres(ql)?$/ }).optional(),
    description:
      'PostgreSQL 15 or newer, `postgres://user:password@host:5432/database`. Unset: a real PostgreSQL is started in the data folder.',
    productionNeedsIt: 'the embedded PostgreSQL is for trying things out',
  },
  REDIS_URL: {
    schema: z.url({ protocol: /^rediss?$/ }).optional(),
    description:
      'Redis 6 or newer, `redis://host:6379`, which wakes the other processes. Unset: in-process, and a second process hears of news within a second.',
  },
  LETHE_INSECURE_DATABASE: {
    ...insecure,
    description:
      'Says that production may talk to PostgreSQL without TLS, or without verifying the server: nobody else can be on the way.',
  },
  LETHE_INSECURE_REDIS: {
    ...insecure,
    description: 'Says that production may talk to Redis without TLS: nobody else can be on the way.',
  },
  LETHE_DATA: {
    schema: z
      .string()
      .min(1)
      .transform((folder) => resolve(folder)),
    default: '.lethe',
    description: 'Folder of the embedded PostgreSQL and of the secrets made on first start.',
  },
  LETHE_SIGNING_KEY: {
    schema: z.string().optional(),
    description:
      'ES256 private key (P-256, PKCS #8 PEM, or a path to one) that signs access tokens. Unset: made once and kept in the data folder. `openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256` makes one.',
    productionNeedsIt: 'processes must share it, and it must survive the machine',
  },
  LETHE_PREVIOUS_SIGNING_KEY: {
    schema: z.string().optional(),
    description: 'The signing key before the last rotation: tokens it signed stay valid until they expire.',
  },
  LETHE_SERVER_KEY: {
    schema: secret.optional(),
    description:
      'Secret of the keyed hashes: it separates senders for safe retries and hides the subjects of rate limits. Unset: made once and kept in the data folder.',
    productionNeedsIt: 'processes must share it, and it must lie outside the database',
  },
  LETHE_EMAIL_PEPPER: {
    schema: secret.optional(),
    description: 'Secret under which email addresses are hashed. Unset: made once and kept in the data folder.',
    productionNeedsIt: 'it must lie outside the database and survive the machine',
  },
  LETHE_EMAIL_PEPPER_VERSION: {
    schema: z.coerce.number().int().min(1).max(32_767),
    default: '1',
    description: 'Number of `LETHE_EMAIL_PEPPER`. Add 1 whenever it changes.',
  },
  LETHE_PREVIOUS_EMAIL_PEPPER: {
    schema: secret.optional(),
    description:
      'The pepper with the number before. An address can be hashed anew only when somebody names it: `npm run admin -- check-email` does.',
  },
  LETHE_TOTP_KEY: {
    schema: secret.optional(),
    description: 'Secret under which the secrets of authenticator apps are encrypted. Unset: the server key serves.',
  },
  LETHE_TOTP_KEY_VERSION: {
    schema: z.coerce.number().int().min(1).max(32_767),
    default: '1',
    description: 'Number of `LETHE_TOTP_KEY`. Add 1 whenever it changes.',
  },
  LETHE_PREVIOUS_TOTP_KEY: {
    schema: secret.optional(),
    description:
      'The key with the number before. What it encrypted is encrypted anew whenever its owner shows a code. Unset: the server key, as before the first change.',
  },
  LETHE_ADMINS: {
    schema: list,
    default: '',
    description: 'Usernames, separated by commas, that are administrators.',
  },
  LETHE_PUBLIC_URL: {
    schema: z.url({ protocol: /^https?$/ }).optional(),
    description:
      'Where clients reach the relay; issuer of its access tokens, and what URLs of files on disk begin with. Unset: the issuer is `lethe`, and those URLs begin with the host that the client itself asked.',
  },
  LETHE_S3_BUCKET: {
    schema: z.string().min(1).optional(),
    description:
      'Bucket of an S3-compatible store for encrypted files; made on first start if it is missing. Clients upload and download there: for web clients its CORS rules must allow PUT and GET with any header. Unset: they lie in the data folder, which all processes must then share.',
  },
  LETHE_S3_ENDPOINT: {
    schema: z.url({ protocol: /^https?$/ }).optional(),
    description: 'Where the relay reaches the store. Unset: Amazon S3, in the region.',
  },
  LETHE_S3_PUBLIC_ENDPOINT: {
    schema: z.url({ protocol: /^https?$/ }).optional(),
    description: 'Where clients reach the store, if that is another address. Signed URLs begin with it.',
  },
  LETHE_S3_REGION: {
    schema: z.string().min(1),
    default: 'us-east-1',
    description: 'Region of the bucket.',
  },
  LETHE_S3_ACCESS_KEY_ID: {
    schema: z.string().min(1).optional(),
    description:
      'Who the relay is to the store: may get, put, head and delete objects of the bucket. Unset: what the AWS SDK finds by itself, such as the role of the machine.',
  },
  LETHE_S3_SECRET_ACCESS_KEY: {
    schema: z.string().min(1).optional(),
    description: 'Secret of that key.',
  },
  LETHE_S3_PATH_STYLE: {
    schema: flag,
    default: 'false',
    description:
      'Whether the bucket stands in the path instead of the host name, as most stores beside Amazon’s want it.',
  },
  LETHE_INSECURE_S3: {
    schema: flag,
    default: 'false',
    description: 'Says that endpoints of the store without TLS are meant in production.',
  },
  LETHE_ALLOWED_ORIGINS: {
    schema: list,
    default: '',
    description:
      'Web origins, separated by commas, whose pages may use the relay over HTTP and sockets. The relay’s own origin always may; outside production so may any page of localhost.',
  },
  LETHE_TRUSTED_PROXIES: {
    schema: list,
    default: '',
    description:
      'Addresses or CIDR ranges of reverse proxies whose `X-Forwarded-For` is believed. Unset: the address of the connection counts.',
  },
  LETHE_INTROSPECTION: {
    schema: flag.optional(),
    description: 'Whether the schema may be asked for. Unset: yes outside production, no in production.',
  },
  LETHE_METRICS_TOKEN: {
    schema: secret.optional(),
    description:
      'Bearer token that `/metrics` asks for. Unset: outside production anybody may read it, in production nobody.',
  },
  LETHE_GRAPHIQL: {
    schema: flag.optional(),
    description:
      'Whether GraphiQL, a page to try the API out on, is served at `/graphiql`. Unset: yes outside production, no in production. It knows the schema only where `LETHE_INTROSPECTION` allows.',
  },
  LETHE_LIMIT_SCALE: {
    schema: z.coerce.number().positive().max(1_000_000),
    default: '1',
    description: 'Multiplies every rate limit and cap, for load tests.',
  },
  LETHE_LIMIT_SCALE_IN_PRODUCTION: {
    schema: flag,
    default: 'false',
    description: 'Says a second time that `LETHE_LIMIT_SCALE` above 1 is meant in production.',
  },
  LETHE_CHORES: {
    schema: flag,
    default: 'true',
    description:
      'Whether this process does chores on the clock: erasing what has expired, and the rest of `docs/chores.md`. Each is done by one process at a time, so all may; at least one must, or nothing is erased.',
  },
  LETHE_REQUEST_DEADLINE_MS: {
    schema: z.coerce.number().int().min(100).max(120_000),
    default: '10000',
    description: 'Milliseconds after which a query or mutation is answered UNAVAILABLE, DEADLINE_EXCEEDED.',
  },
  LETHE_DRAIN_MS: {
    schema: z.coerce.number().int().min(0).max(600_000),
    default: '5000',
    description: 'Milliseconds over which a stopping process spreads the closing of its sockets.',
  },
  LETHE_LOG_LEVEL: {
    schema: z.enum(['silent', 'fatal', 'error', 'warn', 'info', 'debug']),
    default: 'info',
    description: 'Least severe level that is logged.',
  },
} satisfies Record<string, Setting>;

type Table = typeof settingsTable;
export type Settings = { readonly [K in keyof Table]: z.output<Table[K]['schema']> };

/** Said at start, in words an operator can act on. */
export class SettingsError extends Error {
  constructor(readonly faults: string[]) {
    super(`The settings are not usable:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`);
  }
}

/** What is understood of the environment, and a line for each setting that is not. */
export function parseSettings(environment: NodeJS.ProcessEnv): { settings?: Settings; faults: string[] } {
  const faults: string[] = [];
  const settings: Record<string, unknown> = {};
  for (const [name, setting] of Object.entries<Setting>(settingsTable)) {
    const given = environment[name]?.trim() || undefined;
    const result = setting.schema.safeParse(given ?? setting.default);
    if (result.success) settings[name] = result.data;
    else faults.push(`${name}: ${result.error.issues.map((issue) => issue.message).join('; ')}`);
  }
  if (faults.length === 0) faults.push(...halfAStore(settings as Settings));
  return faults.length === 0 ? { settings: settings as Settings, faults } : { faults };
}

function halfAStore(settings: Settings): string[] {
  const { LETHE_S3_BUCKET: bucket, LETHE_S3_ACCESS_KEY_ID: id, LETHE_S3_SECRET_ACCESS_KEY: secretKey } = settings;
  const faults: string[] = [];
  const others = ['LETHE_S3_ENDPOINT', 'LETHE_S3_PUBLIC_ENDPOINT', 'LETHE_S3_ACCESS_KEY_ID'] as const;
  if (bucket === undefined)
    faults.push(
      ...others
        .filter((name) => settings[name] !== undefined)
        .map((name) => `${name} means nothing without LETHE_S3_BUCKET: set that as well, or neither`),
    );
  if ((id === undefined) !== (secretKey === undefined))
    faults.push('LETHE_S3_ACCESS_KEY_ID and LETHE_S3_SECRET_ACCESS_KEY go together: set both or neither');
  return faults;
}

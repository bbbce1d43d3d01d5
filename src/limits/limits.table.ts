interface Limit {
  /** What is limited, and why where that does not speak for itself. Printed to `docs/limits.md`. */
  what: string;
  /** Whose budget it is. Kept only as a keyed hash. */
  subject: string;
  /** How many at once. */
  burst: number;
  /** How many come back … */
  refill: number;
  /** … in how many seconds. */
  everySeconds: number;
  /** `shared`: counted in Redis over all processes, in-process while Redis is away. `process`: always counted in-process. */
  counted: 'shared' | 'process';
}

/** Every rate limit there is, readable as a policy. `LETHE_LIMIT_SCALE` multiplies burst and refill. */
export const limitsTable = {
  requests: {
    what: 'Any HTTP request to `/graphql`, any operation on a socket.',
    subject: 'address',
    burst: 50,
    refill: 20,
    everySeconds: 1,
    counted: 'process',
  },
  credentials: {
    what: '`register`, `login` and `refreshSession`, before anything is looked up or hashed.',
    subject: 'address',
    burst: 5,
    refill: 5,
    everySeconds: 1,
    counted: 'shared',
  },
  logins: {
    what: '`login`. Counted by name alone, any stranger could lock the owner out.',
    subject: 'username and address',
    burst: 5,
    refill: 5,
    everySeconds: 60,
    counted: 'shared',
  },
  loginsOfDay: {
    what: '`login`, too: whoever goes on guessing waits longer and longer.',
    subject: 'username and address',
    burst: 60,
    refill: 60,
    everySeconds: 86_400,
    counted: 'shared',
  },
  loginsOfAddress: {
    what: '`login`, whatever the username: nobody tries one password on everybody.',
    subject: 'address',
    burst: 100,
    refill: 100,
    everySeconds: 3600,
    counted: 'shared',
  },
  loginCodes: {
    what: 'Codes of an authenticator app in `login`. Only who knows the password gets here, so no stranger uses it up; recovery codes are not counted.',
    subject: 'account',
    burst: 10,
    refill: 10,
    everySeconds: 3600,
    counted: 'shared',
  },
  confirmations: {
    what: 'Passwords and codes asked for within a session. Counted by session: whoever stole one does not lock out the others.',
    subject: 'session',
    burst: 10,
    refill: 10,
    everySeconds: 3600,
    counted: 'shared',
  },
  posts: {
    what: 'Messages.',
    subject: 'account',
    burst: 60,
    refill: 10,
    everySeconds: 1,
    counted: 'process',
  },
  edits: {
    what: '`editMessage`.',
    subject: 'account',
    burst: 30,
    refill: 2,
    everySeconds: 1,
    counted: 'process',
  },
  reactions: {
    what: '`react`.',
    subject: 'account',
    burst: 60,
    refill: 5,
    everySeconds: 1,
    counted: 'process',
  },
  retractions: {
    what: '`retract`.',
    subject: 'account',
    burst: 100,
    refill: 5,
    everySeconds: 1,
    counted: 'process',
  },
  hidings: {
    what: '`hideMessage`.',
    subject: 'account',
    burst: 100,
    refill: 5,
    everySeconds: 1,
    counted: 'process',
  },
  receipts: {
    what: '`advanceReceipt`. A client needs one for all that it shows at a time.',
    subject: 'account',
    burst: 60,
    refill: 10,
    everySeconds: 1,
    counted: 'process',
  },
  deliveries: {
    what: '`deliver`, to whomever: the sender keys of a large group go out as one delivery a member.',
    subject: 'sender',
    burst: 300,
    refill: 10,
    everySeconds: 1,
    counted: 'process',
  },
  deliveriesToOne: {
    what: '`deliver`: nobody floods one mailbox. Counted in process like posts, or a counter would move with the bell of the mailbox.',
    subject: 'sender and recipient',
    burst: 60,
    refill: 1,
    everySeconds: 1,
    counted: 'process',
  },
  uploads: {
    what: '`requestUpload`. How many wait to be attached cannot be counted, since nothing says whose they are; this bounds them. Counted in process like posts, or a counter would move with each file.',
    subject: 'account',
    burst: 50,
    refill: 50,
    everySeconds: 3600,
    counted: 'process',
  },
  uploadedKibibytes: {
    what: '`requestUpload`, too, by the size of the file: 1 GiB in an hour.',
    subject: 'account',
    burst: 1_048_576,
    refill: 1_048_576,
    everySeconds: 3600,
    counted: 'process',
  },
  completions: {
    what: '`completeUpload`, of what is not READY yet: from a store that keeps no checksums each reads the whole file.',
    subject: 'account',
    burst: 100,
    refill: 100,
    everySeconds: 3600,
    counted: 'process',
  },
  presence: {
    what: '`setPresence`.',
    subject: 'account',
    burst: 30,
    refill: 30,
    everySeconds: 60,
    counted: 'process',
  },
  typing: {
    what: '`sendTyping`.',
    subject: 'account and channel',
    burst: 1,
    refill: 1,
    everySeconds: 3,
    counted: 'process',
  },
  keyUploads: {
    what: '`registerDevice` and `uploadPreKeys`: each may ask for two hundred signatures to be verified.',
    subject: 'account',
    burst: 60,
    refill: 60,
    everySeconds: 3600,
    counted: 'shared',
  },
  servers: {
    what: 'New servers.',
    subject: 'account',
    burst: 20,
    refill: 20,
    everySeconds: 3600,
    counted: 'shared',
  },
  invites: {
    what: 'New invites.',
    subject: 'account',
    burst: 100,
    refill: 100,
    everySeconds: 3600,
    counted: 'shared',
  },
  inviteCodes: {
    what: '`joinServer`, whatever comes of it: nobody tries codes.',
    subject: 'account',
    burst: 60,
    refill: 60,
    everySeconds: 3600,
    counted: 'shared',
  },
  joins: {
    what: '`joinChannel`: each is an entry that every member receives. Enough to join all of a large server.',
    subject: 'account',
    burst: 600,
    refill: 600,
    everySeconds: 3600,
    counted: 'shared',
  },
  additions: {
    what: '`addChannelMember`: each is an entry that every member receives, and a new epoch. Enough to fill a large group. Counted in process like posts: the entry does not say who added.',
    subject: 'account',
    burst: 1_500,
    refill: 1_500,
    everySeconds: 3600,
    counted: 'process',
  },
  channels: {
    what: 'New groups, direct channels and channels of servers.',
    subject: 'account',
    burst: 100,
    refill: 100,
    everySeconds: 3600,
    counted: 'shared',
  },
  claims: {
    what: 'Key bundles: nobody empties another’s pool of one-time prekeys.',
    subject: 'requester and target device',
    burst: 6,
    refill: 1,
    everySeconds: 600,
    counted: 'shared',
  },
  claimTargets: {
    what: 'Devices whose bundles are claimed: nobody walks through the directory.',
    subject: 'requester',
    burst: 200,
    refill: 200,
    everySeconds: 3600,
    counted: 'shared',
  },
  claimsOfDevice: {
    what: 'Key bundles: nor do many together empty one pool. Above this only last-resort keys are served.',
    subject: 'target device',
    burst: 60,
    refill: 60,
    everySeconds: 3600,
    counted: 'shared',
  },
} satisfies Record<string, Limit>;

export type LimitName = keyof typeof limitsTable;

interface Cap {
  what: string;
  /** How many there may be at one time. */
  most: number;
  /** `process`: counted in each process. `database`: counted in PostgreSQL, for all of them. */
  counted: 'process' | 'database';
}

/** What is not a rate but a number of things that are open. `LETHE_LIMIT_SCALE` multiplies these too. */
export const capsTable = {
  socketsPerAddress: { what: 'Sockets of one address.', most: 50, counted: 'process' },
  socketsPerAccount: { what: 'Sockets of one account.', most: 10, counted: 'process' },
  operationsPerSocket: {
    what: 'Subscriptions, and queries and mutations that are not answered yet.',
    most: 100,
    counted: 'process',
  },
  watchedPerAccount: {
    what: 'Accounts whose `presence` one account follows, on all its sockets and counted for each subscription.',
    most: 5_000,
    counted: 'process',
  },
  messagesPerSocketAndSecond: {
    what: 'Protocol messages of any kind; a client that sends more is closed with 4029.',
    most: 200,
    counted: 'process',
  },
  serversPerAccount: { what: 'Servers that one account is a member of.', most: 200, counted: 'database' },
  membersPerServer: { what: 'Members of one server.', most: 10_000, counted: 'database' },
  channelsPerServer: { what: 'Channels of one server.', most: 500, counted: 'database' },
  invitesPerServer: { what: 'Invites of one server that still work.', most: 100, counted: 'database' },
} satisfies Record<string, Cap>;

export type CapName = keyof typeof capsTable;

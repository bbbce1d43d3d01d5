import { DataSource } from 'typeorm';
import { AccountRole } from '../../src/auth/account-role.js';
import { setRole } from '../../src/auth/set-role.js';
import { ed25519DeviceKeys } from '../harness/device-keys.js';
import { granted, graphql, refusal } from '../harness/graphql-client.js';
import { login, register, type Tokens, tryToLogin, tryToRegister, whois } from '../harness/people.js';
import { startRelay } from '../harness/relay.js';

type Relay = Awaited<ReturnType<typeof startRelay>>;

let relay: Relay;
let alice: Tokens;
const aliceKeys = ed25519DeviceKeys();
const aliceEmail = 'Alice@Example.org';

beforeAll(async () => {
  relay = await startRelay({ env: { LETHE_ADMINS: 'carol, Root' } });
  const input = { username: 'Alice.01', email: ` ${aliceEmail} `, device: aliceKeys };
  alice = granted(await tryToRegister(relay, input)).register;
});

afterAll(() => relay.stop());

interface Account {
  id: string;
  username: string;
  role: string;
  hasEmail: boolean;
  createdAt: string;
}

const me = async ({ accessToken }: Tokens) =>
  granted(await graphql<{ me: Account }>(relay.url, '{ me { id username role hasEmail createdAt } }', {}, accessToken))
    .me;

const find = (who: Record<string, unknown>) =>
  graphql<{ user: { id: string; username: string } | null }>(
    relay.url,
    'query ($id: ID, $username: String) { user(id: $id, username: $username) { id username } }',
    who,
    alice.accessToken,
  );

/** Number of rows of everything that registering writes. */
const stored = async () => {
  const [counts] = await relay.rows(
    `SELECT (SELECT count(*) FROM accounts) AS accounts, (SELECT count(*) FROM devices) AS devices,
            (SELECT count(*) FROM pre_keys) AS "preKeys", (SELECT count(*) FROM sessions) AS sessions,
            (SELECT count(*) FROM refresh_tokens) AS "refreshTokens"`,
  );
  return counts;
};

const TAKEN = 'CONFLICT/NAME_TAKEN';
const INVALID = 'BAD_USER_INPUT/INVALID_VALUE';

describe('registering', () => {
  it('makes an account with a device and is logged in on it', async () => {
    expect(alice).toMatchObject({ account: { username: 'alice.01' }, device: { id: expect.any(String) as string } });
    expect(await me(alice)).toEqual({
      id: alice.account.id,
      username: 'alice.01',
      role: 'USER',
      hasEmail: true,
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string,
    });
    const again = await login(relay, 'alice.01', alice.device!.id);
    expect(again.device).toEqual(alice.device);
  });

  it('keeps neither password nor email address', async () => {
    const [row] = await relay.rows<{ password_hash: string; email_hash: Buffer; email_pepper_version: number }>(
      'SELECT * FROM accounts WHERE id = $1',
      [alice.account.id],
    );
    expect(row!.password_hash).toMatch(/^\$argon2id\$v=19\$m=65536,t=3,p=1\$/);
    expect(row!.email_hash).toHaveLength(32);
    expect(row!.email_pepper_version).toBe(1);
    expect(JSON.stringify(row).toLowerCase()).not.toContain('example');
  });

  it('stores nothing at all when one signature is bad', async () => {
    const before = await stored();
    const device = ed25519DeviceKeys();
    device.signedPreKey.signature = ed25519DeviceKeys().signedPreKey.signature;
    const answer = await tryToRegister(relay, { username: 'mallory', device });
    expect(refusal(answer)).toBe('BAD_USER_INPUT/BAD_SIGNATURE');
    expect(answer.errors![0]!.extensions.fields![0]!.path).toBe('input.device.signedPreKey.signature');
    expect(await stored()).toEqual(before);
    expect(await find({ username: 'mallory' })).toEqual({ data: { user: null } });
  });

  it('stores nothing either when the device is refused after the account was written', async () => {
    const before = await stored();
    const answer = await tryToRegister(relay, { username: 'mallory', device: aliceKeys });
    expect(refusal(answer)).toBe('CONFLICT/KEY_REUSED');
    expect(await stored()).toEqual(before);
  });

  it('refuses a name that somebody has, in whatever case', async () => {
    const before = await stored();
    expect(refusal(await tryToRegister(relay, { username: 'ALICE.01' }))).toBe(TAKEN);
    expect(await stored()).toEqual(before);
  });

  it('gives a name to one of those who ask for it at once', async () => {
    const answers = await Promise.all(['dave', 'Dave', 'DAVE'].map((username) => tryToRegister(relay, { username })));
    const [winner, ...others] = answers.filter(({ errors }) => !errors);
    expect(others).toEqual([]);
    expect(await whois(relay, winner!.data.register.accessToken)).toBe('dave');
    const refused = answers.filter((answer) => answer !== winner);
    expect(refused.map((answer) => refusal(answer))).toEqual([TAKEN, TAKEN]);
  });

  it('takes a password of any characters, however the keyboard spells them', async () => {
    // Ten code points, the fewest there may be: the key is two.
    const password = 'pâssé 🗝️42';
    granted(await tryToRegister(relay, { username: 'zoe', password: password.normalize('NFC') }));
    granted(await tryToLogin(relay, { username: 'zoe', password: password.normalize('NFD') }));
    const other = await tryToLogin(relay, { username: 'zoe', password: 'passe 🗝️42' });
    expect(refusal(other)).toBe('UNAUTHENTICATED/BAD_CREDENTIALS');
  });

  const refused: [fault: string, field: 'username' | 'password' | 'email', value: string][] = [
    ['too short', 'username', 'al'],
    ['too long', 'username', 'a'.repeat(33)],
    ['with a space', 'username', 'al ice'],
    ['with another letter', 'username', 'alicé'],
    ['with a letter whose lower case is "k"', 'username', '\u212Aarl'],
    ['with a line break', 'username', 'alice\n'],
    ['with NUL', 'username', 'ali\0ce'],
    ['too short', 'password', 'ninechars'],
    ['too short in characters', 'password', '🗝️🗝️🗝️🗝️'],
    ['too long', 'password', 'x'.repeat(129)],
    ['with NUL', 'password', 'correct\0horse'],
    ['with half a character', 'password', 'correct\ud800horse'],
    ['empty', 'email', ''],
    ['without a host', 'email', 'alice'],
    ['without a domain', 'email', 'alice@localhost'],
    ['with an empty label', 'email', 'alice@example..org'],
    ['with two hosts', 'email', 'alice@two@example.org'],
    ['with NUL', 'email', 'al\0ice@example.org'],
    ['too long', 'email', `${'a'.repeat(250)}@x.org`],
  ];

  it.each(refused)('refuses what is %s: %s', async (_, field, value) => {
    const answer = await tryToRegister(relay, { username: 'erin', [field]: value });
    expect(refusal(answer)).toBe(INVALID);
    expect(answer.errors![0]!.extensions.fields).toEqual([
      { path: `input.${field}`, message: expect.stringMatching(/^Needs /) as string },
    ]);
    expect(JSON.stringify(answer)).not.toContain('horse');
  });
});

describe('somebody', () => {
  it('is found by id and by username', async () => {
    const found = { data: { user: { id: alice.account.id, username: 'alice.01' } } };
    expect(await find({ id: alice.account.id.toUpperCase() })).toEqual(found);
    expect(await find({ username: 'ALICE.01' })).toEqual(found);
    expect(await find({ id: null, username: 'alice.01' })).toEqual(found);
  });

  it('is null when there is nobody', async () => {
    expect(await find({ id: alice.device!.id })).toEqual({ data: { user: null } });
    expect(await find({ username: 'nobody' })).toEqual({ data: { user: null } });
  });

  it('is asked for in exactly one way, and in a possible one', async () => {
    expect(refusal(await find({}))).toBe(INVALID);
    expect(refusal(await find({ id: alice.account.id, username: 'alice.01' }))).toBe(INVALID);
    expect(refusal(await find({ username: 'ali\0ce' }))).toBe(INVALID);
    expect(refusal(await find({ id: 'alice' }))).toBe('BAD_USER_INPUT/BAD_ID');
  });
});

describe('administrators', () => {
  it('are those named in the settings, also when they register later', async () => {
    const carol = await register(relay, 'Carol');
    expect(await me(carol)).toMatchObject({ role: 'ADMIN' });
  });

  it('are made and unmade by hand while the relay runs', async () => {
    const database = relay.app.get(DataSource);
    expect(await setRole(database, 'Alice.01', AccountRole.ADMIN, relay.clock.now())).toBe(true);
    expect(await me(alice)).toMatchObject({ role: 'ADMIN' });
    expect(await setRole(database, 'alice.01', AccountRole.USER, relay.clock.now())).toBe(true);
    expect(await me(alice)).toMatchObject({ role: 'USER' });
    expect(await setRole(database, 'nobody', AccountRole.ADMIN, relay.clock.now())).toBe(false);
  });
});

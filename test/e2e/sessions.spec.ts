import { ed25519DeviceKeys } from '../harness/device-keys.js';
import { granted, graphql, type GraphqlAnswer, refusal } from '../harness/graphql-client.js';
import {
  login,
  PASSWORD,
  refresh,
  register,
  TOKENS,
  type Tokens,
  tryToLogin,
  tryToRefresh,
  whois,
} from '../harness/people.js';
import { startRelay, type TestRelayOptions } from '../harness/relay.js';
import { within } from '../harness/within.js';

type Relay = Awaited<ReturnType<typeof startRelay>>;

let relay: Relay;
/** Another process of the same deployment. There is no Redis between them. */
let second: Relay;
let alice: Tokens;
let bob: Tokens;

const running: Relay[] = [];
const start = async (options?: TestRelayOptions) => {
  const relay = await startRelay(options);
  running.unshift(relay);
  return relay;
};

beforeAll(async () => {
  relay = await start();
  second = await start({ beside: relay });
  [alice, bob] = await Promise.all([register(relay, 'alice'), register(relay, 'bob')]);
});

afterAll(async () => {
  for (const relay of running) await relay.stop();
});

interface Session {
  id: string;
  deviceId: string | null;
  current: boolean;
  createdAt: string;
  lastUsedAt: string;
  expiresAt: string;
}

const sessionsOf = async ({ accessToken }: Tokens) =>
  granted(
    await graphql<{ sessions: Session[] }>(
      relay.url,
      '{ sessions { id deviceId current createdAt lastUsedAt expiresAt } }',
      {},
      accessToken,
    ),
  ).sessions;

const currentSessionOf = async (tokens: Tokens) => (await sessionsOf(tokens)).find(({ current }) => current)!;

const logout = async ({ accessToken }: Tokens, everywhere?: boolean | null) =>
  granted(
    await graphql<{ logout: boolean }>(
      relay.url,
      'mutation ($everywhere: Boolean) { logout(everywhere: $everywhere) }',
      { everywhere },
      accessToken,
    ),
  ).logout;

const revoke = ({ accessToken }: Tokens, id: string) =>
  graphql<{ revokeSession: boolean }>(relay.url, 'mutation ($id: ID!) { revokeSession(id: $id) }', { id }, accessToken);

const registerDevice = async ({ accessToken }: Tokens) =>
  granted(
    await graphql<{ registerDevice: Tokens }>(
      relay.url,
      `mutation ($input: DeviceKeysInput!) { registerDevice(input: $input) { ${TOKENS} } }`,
      { input: ed25519DeviceKeys() },
      accessToken,
    ),
  ).registerDevice;

const REVOKED = 'UNAUTHENTICATED/SESSION_REVOKED';

describe('a session', () => {
  it('is opened by logging in, whatever the case of the name', async () => {
    const tokens = await login(relay, 'ALICE');
    expect(tokens.account).toEqual(alice.account);
    expect(tokens.device).toBeNull();
    expect(await whois(relay, tokens.accessToken)).toBe('alice');
    expect(await whois(second, tokens.accessToken)).toBe('alice');
  });

  it('is refused to an unknown name and for a wrong password in the very same bytes', async () => {
    const answerTo = async (username: string, password: string) => {
      const response = await fetch(`${relay.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          query: 'mutation ($input: LoginInput!) { login(input: $input) { accessToken } }',
          variables: { input: { username, password } },
        }),
      });
      return { status: response.status, headers: [...response.headers.keys()], body: await response.text() };
    };
    const wrongPassword = await answerTo('alice', `${PASSWORD}.`);
    expect(wrongPassword.body).toContain('BAD_CREDENTIALS');
    expect(await answerTo('nobody', PASSWORD)).toEqual(wrongPassword);
  });

  it('is bound to an active device of the account, and to no other', async () => {
    const bound = await login(relay, 'alice', alice.device!.id);
    expect(bound.device).toEqual(alice.device);
    expect(await currentSessionOf(bound)).toMatchObject({ deviceId: alice.device!.id });

    const withDevice = (deviceId: string, password = PASSWORD) =>
      tryToLogin(relay, { username: 'alice', password, deviceId });
    expect(refusal(await withDevice(bob.device!.id))).toBe('NOT_FOUND');
    expect(refusal(await withDevice(alice.account.id))).toBe('NOT_FOUND');
    expect(refusal(await withDevice(bob.device!.id, 'not the password'))).toBe('UNAUTHENTICATED/BAD_CREDENTIALS');
  });

  it('can be without a device, until one is registered', async () => {
    const unbound = await login(relay, 'alice');
    const { id } = await currentSessionOf(unbound);
    const bound = await registerDevice(unbound);
    expect(await currentSessionOf(bound)).toMatchObject({ id, deviceId: bound.device!.id });
    expect(refusal(await tryToRefresh(relay, unbound.refreshToken))).toBe('UNAUTHENTICATED/TOKEN_INVALID');
    expect((await refresh(relay, bound)).device).toEqual(bound.device);

    // The token from before does not know of the binding, the relay does.
    const another = await registerDevice(unbound);
    expect(another.device).not.toEqual(bound.device);
    expect(await currentSessionOf(bound)).toMatchObject({ id, deviceId: bound.device!.id });
    expect((await currentSessionOf(another)).id).not.toBe(id);
  });

  it('ends with its device, which nobody can log in on any more', async () => {
    const lost = await registerDevice(alice);
    const query = 'mutation ($id: ID!) { deactivateDevice(id: $id) { active } }';
    granted(await graphql(relay.url, query, { id: lost.device!.id }, alice.accessToken));
    expect(await whois(relay, lost.accessToken)).toBe(REVOKED);
    expect(await whois(relay, alice.accessToken)).toBe('alice');
    const answer = await tryToLogin(relay, { username: 'alice', deviceId: lost.device!.id });
    expect(refusal(answer)).toBe('NOT_FOUND');
  });

  it('is guessed at slowly by a stranger, and opened by the owner meanwhile', async () => {
    const strict = await start({
      beside: relay,
      env: { LETHE_LIMIT_SCALE: '1', LETHE_TRUSTED_PROXIES: '127.0.0.1' },
    });
    const loginFrom = async (address: string, password: string) => {
      const response = await fetch(`${strict.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-forwarded-for': address },
        body: JSON.stringify({
          query: 'mutation ($input: LoginInput!) { login(input: $input) { account { username } } }',
          variables: { input: { username: 'bob', password } },
        }),
      });
      return (await response.json()) as GraphqlAnswer<{ login: { account: { username: string } } }>;
    };
    for (let guess = 1; guess <= 5; guess += 1) {
      expect(refusal(await loginFrom('192.0.2.66', `guess ${guess}`))).toBe('UNAUTHENTICATED/BAD_CREDENTIALS');
      relay.clock.advance({ seconds: 1 });
    }
    expect(refusal(await loginFrom('192.0.2.66', PASSWORD))).toBe('RATE_LIMITED');
    expect(granted(await loginFrom('192.0.2.1', PASSWORD)).login.account.username).toBe('bob');
  });
});

describe('sessions', () => {
  it('are listed, the last used first and the current one marked', async () => {
    const tablet = await login(relay, 'bob');
    relay.clock.advance({ seconds: 1 });
    const phone = await login(relay, 'bob', bob.device!.id);
    const [first, ...others] = await sessionsOf(phone);
    expect(first).toMatchObject({ current: true, deviceId: bob.device!.id, lastUsedAt: first!.createdAt });
    expect(Date.parse(first!.expiresAt) - Date.parse(first!.lastUsedAt)).toBe(30 * 24 * 60 * 60 * 1000);
    expect(others.map(({ current }) => current)).not.toContain(true);
    expect(others.map(({ id }) => id)).toContain((await currentSessionOf(tablet)).id);
    expect(first!.id).not.toBe((await currentSessionOf(alice)).id);
  });

  it('end by logging out: at once here, within a second on every process', async () => {
    const tokens = await login(relay, 'bob');
    expect(await whois(second, tokens.accessToken)).toBe('bob');
    expect(await logout(tokens, null)).toBe(true);
    expect(await whois(relay, tokens.accessToken)).toBe(REVOKED);
    await within(1_000, async () => (await whois(second, tokens.accessToken)) === REVOKED);
    expect(await whois(relay, bob.accessToken)).toBe('bob');
  });

  it('stay ended for a process that starts later', async () => {
    const tokens = await login(relay, 'bob');
    await logout(tokens);
    relay.clock.advance({ minutes: 14 });
    const third = await start({ beside: relay });
    expect(await whois(third, tokens.accessToken)).toBe(REVOKED);
  });

  it('end one by one, by who they belong to only', async () => {
    const [mine, lost] = await Promise.all([login(relay, 'alice'), login(relay, 'alice')]);
    const { id } = await currentSessionOf(lost);
    const bobsAgain = await login(relay, 'bob');
    const refused = await revoke(bobsAgain, id);
    expect(refusal(refused)).toBe('NOT_FOUND');
    expect(await revoke(bobsAgain, bob.account.id)).toEqual(refused);
    expect(await whois(relay, lost.accessToken)).toBe('alice');

    expect(await revoke(mine, id)).toEqual({ data: { revokeSession: true } });
    expect(await whois(relay, lost.accessToken)).toBe(REVOKED);
    expect(await whois(relay, mine.accessToken)).toBe('alice');
    expect(await revoke(mine, id)).toEqual(refused);
  });

  it('end all at once, and leave other accounts alone', async () => {
    const [here, there, bobs] = await Promise.all([login(relay, 'alice'), login(relay, 'alice'), login(relay, 'bob')]);
    expect(await logout(here, true)).toBe(true);
    expect(await whois(relay, here.accessToken)).toBe(REVOKED);
    expect(await whois(relay, there.accessToken)).toBe(REVOKED);
    expect(await whois(relay, bobs.accessToken)).toBe('bob');
    expect(await relay.rows('SELECT FROM sessions WHERE account_id = $1', [alice.account.id])).toEqual([]);
  });
});

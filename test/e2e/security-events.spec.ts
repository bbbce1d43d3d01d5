import { DataSource } from 'typeorm';
import { AccountRole } from '../../src/auth/account-role.js';
import { setRole } from '../../src/auth/set-role.js';
import { Authenticator } from '../harness/authenticator.js';
import { ed25519DeviceKeys } from '../harness/device-keys.js';
import { granted, graphql, refusal } from '../harness/graphql-client.js';
import { login, PASSWORD, refresh, register, type Tokens, tryToLogin, tryToRefresh } from '../harness/people.js';
import { startRelay, type TestRelay } from '../harness/relay.js';

let relay: TestRelay;
let alice: Tokens;

beforeAll(async () => {
  relay = await startRelay();
  alice = await register(relay, 'alice');
});

afterAll(() => relay.stop());

interface Event {
  id: string;
  kind: string;
  at: string;
  sessionId: string | null;
  deviceId: string | null;
}

interface EventPage {
  nodes: Event[];
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
}

const ask = <Data>({ accessToken }: Tokens, query: string, variables: Record<string, unknown> = {}) =>
  graphql<Data>(relay.url, query, variables, accessToken);

const tryToList = (who: Tokens, variables: { first?: number; after?: string | null } = {}) =>
  ask<{ securityEvents: EventPage }>(
    who,
    `query ($first: Int, $after: Cursor) { securityEvents(first: $first, after: $after) {
       nodes { id kind at sessionId deviceId } pageInfo { hasNextPage endCursor } } }`,
    variables,
  );

const eventsOf = async (who: Tokens) => granted(await tryToList(who)).securityEvents.nodes;

/** What happened since, the oldest first. */
async function kindsAfter(who: Tokens, before: Event[]): Promise<string[]> {
  const events = await eventsOf(who);
  return events
    .filter(({ id }) => !before.some((event) => event.id === id))
    .map(({ kind }) => kind)
    .reverse();
}

const sessionOf = async (who: Tokens) =>
  granted(
    await ask<{ sessions: { id: string; current: boolean }[] }>(who, '{ sessions { id current } }'),
  ).sessions.find(({ current }) => current)!.id;

// Events of one moment have no order among them.
const later = () => relay.clock.advance({ seconds: 1 });

describe('security events', () => {
  it('begin with registering', async () => {
    expect(await eventsOf(alice)).toEqual([
      {
        id: expect.any(String) as string,
        kind: 'REGISTERED',
        at: expect.any(String) as string,
        sessionId: await sessionOf(alice),
        deviceId: alice.device!.id,
      },
    ]);
  });

  it('tell of logins, failed ones, and how sessions ended', async () => {
    const before = await eventsOf(alice);
    later();
    const phone = await login(relay, 'alice', alice.device!.id);
    const phoneSession = await sessionOf(phone);
    later();
    await tryToLogin(relay, { username: 'alice', password: 'not the password' });
    later();
    granted(await ask(phone, 'mutation { logout }'));
    later();
    const tablet = await login(relay, 'alice');
    await refresh(relay, tablet);
    later();
    relay.clock.advance({ minutes: 1 });
    expect(refusal(await tryToRefresh(relay, tablet.refreshToken))).toBe('UNAUTHENTICATED/TOKEN_REUSED');
    expect(await kindsAfter(alice, before)).toEqual([
      'LOGGED_IN',
      'LOGIN_FAILED',
      'LOGGED_OUT',
      'LOGGED_IN',
      'TOKEN_REUSED',
    ]);
    const [, , loggedOut, failed, loggedIn] = await eventsOf(alice);
    expect(loggedIn).toMatchObject({ sessionId: phoneSession, deviceId: alice.device!.id });
    expect(failed).toMatchObject({ sessionId: null, deviceId: null });
    expect(loggedOut).toMatchObject({ sessionId: phoneSession });
  });

  it('tell of devices, roles, codes and passwords', async () => {
    const before = await eventsOf(alice);
    later();
    const { registerDevice: added } = granted(
      await ask<{ registerDevice: Tokens }>(
        alice,
        'mutation ($input: DeviceKeysInput!) { registerDevice(input: $input) { device { id } } }',
        { input: ed25519DeviceKeys() },
      ),
    );
    later();
    const deactivate = 'mutation ($id: ID!) { deactivateDevice(id: $id) { id } }';
    granted(await ask(alice, deactivate, { id: added.device!.id }));
    // Doing it again is nothing that happened.
    granted(await ask(alice, deactivate, { id: added.device!.id }));
    later();
    const database = relay.app.get(DataSource);
    await setRole(database, 'alice', AccountRole.ADMIN, relay.clock.now());
    await setRole(database, 'alice', AccountRole.ADMIN, relay.clock.now());
    later();
    const { beginTotp } = granted(
      await ask<{ beginTotp: { secret: string } }>(
        alice,
        'mutation ($p: String!) { beginTotp(password: $p) { secret } }',
        {
          p: PASSWORD,
        },
      ),
    );
    const app = new Authenticator(beginTotp.secret, relay.clock);
    const confirm = 'mutation ($code: String!) { confirmTotp(totpCode: $code) }';
    const { confirmTotp } = granted(await ask<{ confirmTotp: string[] }>(alice, confirm, { code: app.shows() }));
    later();
    const input = { currentPassword: PASSWORD, newPassword: 'another password', totpCode: app.showsNext() };
    const change = 'mutation ($input: ChangePasswordInput!) { changePassword(input: $input) { accessToken } }';
    granted(await ask(alice, change, { input }));
    later();
    const disable = 'mutation ($input: DisableTotpInput!) { disableTotp(input: $input) }';
    const off = { password: input.newPassword, totpCode: confirmTotp[0] };
    granted(await ask(alice, disable, { input: off }));
    const kinds = await kindsAfter(alice, before);
    expect(kinds.slice(0, 5)).toEqual([
      'DEVICE_ADDED',
      'DEVICE_DEACTIVATED',
      'ROLE_CHANGED',
      'TOTP_ENABLED',
      'PASSWORD_CHANGED',
    ]);
    // Of one moment.
    expect(kinds.slice(5).sort()).toEqual(['RECOVERY_CODE_USED', 'TOTP_DISABLED']);
  });

  it('are paged, the newest first, for their owner only', async () => {
    const all = await eventsOf(alice);
    const paged: Event[] = [];
    for (let after: string | null = null; ;) {
      const { nodes, pageInfo }: EventPage = granted(await tryToList(alice, { first: 3, after })).securityEvents;
      paged.push(...nodes);
      after = pageInfo.endCursor;
      if (!pageInfo.hasNextPage) break;
    }
    expect(paged).toEqual(all);
    expect(all.map(({ at }) => at)).toEqual(
      all
        .map(({ at }) => at)
        .sort()
        .reverse(),
    );

    const bob = await register(relay, 'bob');
    expect((await eventsOf(bob)).map(({ kind }) => kind)).toEqual(['REGISTERED']);
    expect(refusal(await tryToList(bob, { first: 101 }))).toBe('BAD_USER_INPUT/INVALID_VALUE');
    expect(refusal(await tryToList(bob, { after: 'elsewhere' }))).toBe('BAD_USER_INPUT/BAD_CURSOR');
  });

  it('are not told any more after 90 days', async () => {
    relay.clock.advance({ days: 91 });
    const again = granted(await tryToLogin(relay, { username: 'alice', password: 'another password' })).login;
    expect((await eventsOf(again)).map(({ kind }) => kind)).toEqual(['LOGGED_IN']);
  });
});

import { granted, graphql, refusal } from '../harness/graphql-client.js';
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
import { RawSocket } from '../harness/raw-socket.js';
import { startRelay, type TestRelay } from '../harness/relay.js';
import { within } from '../harness/within.js';

const NEW_PASSWORD = 'a horse of another colour';
const BAD = 'UNAUTHENTICATED/BAD_CREDENTIALS';
const REVOKED = 'UNAUTHENTICATED/SESSION_REVOKED';

let relay: TestRelay;
/** Another process of the same deployment. */
let second: TestRelay;
let alice: Tokens;

beforeAll(async () => {
  relay = await startRelay();
  second = await startRelay({ beside: relay });
  alice = await register(relay, 'alice');
});

afterAll(async () => {
  await second.stop();
  await relay.stop();
});

const tryToChange = ({ accessToken }: Tokens, input: Record<string, unknown>, at = relay) =>
  graphql<{ changePassword: Tokens }>(
    at.url,
    `mutation ($input: ChangePasswordInput!) { changePassword(input: $input) { ${TOKENS} } }`,
    { input: { currentPassword: PASSWORD, newPassword: NEW_PASSWORD, ...input } },
    accessToken,
  );

describe('a password', () => {
  it('is not changed by who does not know it, nor to a poor one', async () => {
    expect(refusal(await tryToChange(alice, { currentPassword: NEW_PASSWORD }))).toBe(BAD);
    expect(refusal(await tryToChange(alice, { newPassword: 'too short' }))).toBe('BAD_USER_INPUT/INVALID_VALUE');
    expect(await whois(relay, (await login(relay, 'alice')).accessToken)).toBe('alice');
  });

  it('is not guessed at for long with a stolen token', async () => {
    const strict = await startRelay({ beside: relay, env: { LETHE_LIMIT_SCALE: '1' } });
    const thief = await login(strict, 'alice');
    const answers: string[] = [];
    for (let guess = 1; guess <= 11; guess += 1)
      answers.push(refusal(await tryToChange(thief, { currentPassword: `guess ${guess}` }, strict)));
    expect(answers).toEqual([...Array<string>(10).fill(BAD), 'RATE_LIMITED']);
    // Another session is not held up by it.
    expect(refusal(await tryToChange(alice, { currentPassword: 'one more guess' }, strict))).toBe(BAD);
    await strict.stop();
  });

  it('ends every other session with its sockets when it is changed, on every process', async () => {
    const other = await login(relay, 'alice');
    const socket = await RawSocket.as(second, other.accessToken);
    const changed = granted(await tryToChange(alice, {})).changePassword;

    expect(await whois(relay, other.accessToken)).toBe(REVOKED);
    expect((await socket.closed).code).toBe(4401);
    await within(1_000, async () => (await whois(second, other.accessToken)) === REVOKED);
    expect(refusal(await tryToRefresh(relay, other.refreshToken))).toBe('UNAUTHENTICATED/TOKEN_INVALID');

    expect(changed).toMatchObject({ account: alice.account, device: alice.device });
    expect(await whois(second, changed.accessToken)).toBe('alice');
    expect(refusal(await tryToRefresh(relay, alice.refreshToken))).toBe('UNAUTHENTICATED/TOKEN_INVALID');
    expect((await refresh(relay, changed)).device).toEqual(alice.device);
    expect(refusal(await tryToLogin(relay, { username: 'alice' }))).toBe(BAD);
    granted(await tryToLogin(relay, { username: 'alice', password: NEW_PASSWORD }));
  });

  it('that was just changed is not the old one for anybody who comes at the same time', async () => {
    const bob = await register(relay, 'bob');
    const [changed, ...logins] = await Promise.all([
      tryToChange(bob, {}),
      ...[1, 2, 3, 4].map(() => tryToLogin(relay, { username: 'bob' })),
    ]);
    granted(changed);
    for (const answer of logins) {
      if (!answer.errors) expect(await whois(relay, answer.data.login.accessToken)).toBe(REVOKED);
    }
    const [sessions] = await relay.rows('SELECT count(*)::int AS count FROM sessions WHERE account_id = $1', [
      bob.account.id,
    ]);
    expect(sessions).toEqual({ count: 1 });
  });
});

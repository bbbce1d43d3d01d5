import jwt from 'jsonwebtoken';
import { DataSource } from 'typeorm';
import { refusal } from '../harness/graphql-client.js';
import { login, refresh, register, type Tokens, tryToRefresh, whois } from '../harness/people.js';
import { startRelay } from '../harness/relay.js';
import { within } from '../harness/within.js';

type Relay = Awaited<ReturnType<typeof startRelay>>;

let relay: Relay;
/** Another process of the same deployment. There is no Redis between them. */
let second: Relay;
/** Every story begins with a session of its own. */
let tokens: Tokens;

beforeAll(async () => {
  relay = await startRelay();
  second = await startRelay({ beside: relay });
  await register(relay, 'alice');
});

beforeEach(async () => {
  tokens = await login(relay, 'alice');
});

afterAll(async () => {
  await second.stop();
  await relay.stop();
});

const DAY = 24 * 60 * 60 * 1000;

it('a refresh token gives the next one, and a session goes on as long as it is refreshed', async () => {
  for (let month = 0; month < 2; month += 1) {
    relay.clock.advance({ days: 29 });
    expect(await whois(relay, tokens.accessToken)).toBe('UNAUTHENTICATED/SESSION_EXPIRED');
    const next = await refresh(relay, tokens);
    expect(next.refreshToken).toMatch(/^[\w-]{43}$/);
    expect(next.refreshToken).not.toBe(tokens.refreshToken);
    expect(Date.parse(next.refreshTokenExpiresAt) - relay.clock.now().getTime()).toBeCloseTo(30 * DAY, -4);
    expect(await whois(relay, next.accessToken)).toBe('alice');
    tokens = next;
  }
});

it('a refresh token ends after 30 days', async () => {
  relay.clock.advance({ days: 30 });
  expect(refusal(await tryToRefresh(relay, tokens.refreshToken))).toBe('UNAUTHENTICATED/SESSION_EXPIRED');
});

it('a stranger’s token is refused, whatever it looks like', async () => {
  for (const token of ['', 'x', '\0', tokens.accessToken, tokens.refreshToken.slice(1), 'A'.repeat(100_000)]) {
    expect(refusal(await tryToRefresh(relay, token))).toBe('UNAUTHENTICATED/TOKEN_INVALID');
  }
});

it('the database holds no refresh token, only hashes', async () => {
  const next = await refresh(relay, tokens);
  const kept = JSON.stringify(await relay.rows('SELECT * FROM refresh_tokens'));
  for (const { refreshToken } of [tokens, next]) {
    expect(kept).not.toContain(refreshToken);
    expect(kept).not.toContain(Buffer.from(refreshToken, 'base64url').toString('hex'));
  }
});

it('many who refresh at once, on two processes, all get the same successor, and it works', async () => {
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, index) => refresh(index % 2 === 0 ? relay : second, tokens)),
  );
  const [successor, ...more] = new Set(answers.map(({ refreshToken }) => refreshToken));
  expect(more).toEqual([]);
  expect(new Set(answers.map(({ refreshTokenExpiresAt }) => refreshTokenExpiresAt)).size).toBe(1);
  expect((await refresh(relay, answers[0]!)).refreshToken).not.toBe(successor);
});

it('whose answer got lost asks again within 10 seconds and gets the same successor, even if that was used', async () => {
  const successor = await refresh(relay, tokens);
  relay.clock.advance({ seconds: 4 });
  const next = await refresh(relay, successor);
  relay.clock.advance({ seconds: 4 });
  expect((await refresh(second, tokens)).refreshToken).toBe(successor.refreshToken);
  expect((await refresh(second, successor)).refreshToken).toBe(next.refreshToken);
  expect(await whois(relay, next.accessToken)).toBe('alice');
});

it('a token used again later ends the session for whoever holds it', async () => {
  const successor = await refresh(relay, tokens);
  const other = await login(relay, 'alice');
  relay.clock.advance({ seconds: 11 });
  expect(refusal(await tryToRefresh(relay, tokens.refreshToken))).toBe('UNAUTHENTICATED/TOKEN_REUSED');
  expect(refusal(await tryToRefresh(relay, successor.refreshToken))).toBe('UNAUTHENTICATED/TOKEN_INVALID');
  for (const { accessToken } of [tokens, successor]) {
    expect(await whois(relay, accessToken)).toBe('UNAUTHENTICATED/SESSION_REVOKED');
  }
  expect(await whois(relay, other.accessToken)).toBe('alice');
});

it('a session that ends while it is being refreshed is gone, and the two do not block each other', async () => {
  const sessionId = jwt.decode(tokens.accessToken, { json: true })!.sid as string;
  // The story ends the session itself, so that it can hold its breath in between.
  const answer = await relay.app.get(DataSource).transaction(async (manager) => {
    await manager.query('SELECT FROM sessions WHERE id = $1 FOR UPDATE', [sessionId]);
    const refreshing = tryToRefresh(second, tokens.refreshToken);
    await within(2_000, async () => {
      const waiting = await manager.query<unknown[]>(
        `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      );
      return waiting.length === 1;
    });
    await manager.query('DELETE FROM sessions WHERE id = $1', [sessionId]);
    return { refreshing };
  });
  expect(refusal(await answer.refreshing)).toBe('UNAUTHENTICATED/TOKEN_INVALID');
});

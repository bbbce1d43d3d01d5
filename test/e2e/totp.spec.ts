import { Authenticator } from '../harness/authenticator.js';
import { granted, graphql, refusal } from '../harness/graphql-client.js';
import { login, PASSWORD, register, type Tokens, tryToLogin, whois } from '../harness/people.js';
import { startRelay, type TestRelay } from '../harness/relay.js';

let relay: TestRelay;
let alice: Tokens;
let app: Authenticator;
let recoveryCodes: string[];

beforeAll(async () => {
  relay = await startRelay();
  alice = await register(relay, 'alice');
});

afterAll(() => relay.stop());

const BAD = 'UNAUTHENTICATED/BAD_CREDENTIALS';
const REQUIRED = 'UNAUTHENTICATED/TOTP_REQUIRED';

const tryToBegin = (password = PASSWORD, who = alice) =>
  graphql<{ beginTotp: { secret: string; otpauthUri: string } }>(
    relay.url,
    'mutation ($password: String!) { beginTotp(password: $password) { secret otpauthUri } }',
    { password },
    who.accessToken,
  );

const tryToConfirm = (totpCode: string, who = alice) =>
  graphql<{ confirmTotp: string[] }>(
    relay.url,
    'mutation ($code: String!) { confirmTotp(totpCode: $code) }',
    { code: totpCode },
    who.accessToken,
  );

const tryToDisable = (totpCode: string, password = PASSWORD) =>
  graphql<{ disableTotp: boolean }>(
    relay.url,
    'mutation ($input: DisableTotpInput!) { disableTotp(input: $input) }',
    { input: { password, totpCode } },
    alice.accessToken,
  );

const isEnabled = async () =>
  granted(await graphql<{ me: { totpEnabled: boolean } }>(relay.url, '{ me { totpEnabled } }', {}, alice.accessToken))
    .me.totpEnabled;

const loginWith = (codes: Record<string, unknown>, password = PASSWORD) =>
  tryToLogin(relay, { username: 'alice', password, ...codes });

/** A code that is wrong now. */
const wrongCode = () => {
  const right = [-1, 0, 1].map((steps) => app.shows(steps));
  return ['000000', '000001', '000002', '000003'].find((code) => !right.includes(code))!;
};

describe('an authenticator app', () => {
  it('is not begun with by a token alone', async () => {
    expect(refusal(await tryToBegin('not the password'))).toBe(BAD);
    expect(refusal(await tryToBegin('x'.repeat(129)))).toBe('BAD_USER_INPUT/INVALID_VALUE');
    expect(refusal(await tryToConfirm('000000'))).toBe('CONFLICT/TOTP_NOT_BEGUN');
  });

  it('gets a secret, which asks for nothing until a code of it was shown', async () => {
    const { secret: discarded } = granted(await tryToBegin()).beginTotp;
    const { secret, otpauthUri } = granted(await tryToBegin()).beginTotp;
    expect(secret).toMatch(/^[A-Z2-7]{32}$/);
    expect(secret).not.toBe(discarded);
    expect(new URL(otpauthUri).searchParams.get('secret')).toBe(secret);
    app = new Authenticator(secret, relay.clock);
    expect(refusal(await tryToConfirm(wrongCode()))).toBe(BAD);
    expect(refusal(await tryToConfirm('12345'))).toBe('BAD_USER_INPUT/INVALID_VALUE');
    expect(await isEnabled()).toBe(false);
    await login(relay, 'alice');
  });

  it('is confirmed by one of those who confirm at once, and gives ten recovery codes', async () => {
    const answers = await Promise.all([tryToConfirm(app.shows()), tryToConfirm(app.shows())]);
    const [won, ...others] = answers.filter(({ errors }) => !errors);
    expect(others).toEqual([]);
    recoveryCodes = won!.data.confirmTotp;
    expect(new Set(recoveryCodes).size).toBe(10);
    for (const code of recoveryCodes) expect(code).toMatch(/^(?:[A-Z2-7]{4}-){3}[A-Z2-7]{4}$/);
    expect(await isEnabled()).toBe(true);
    expect(refusal(await tryToBegin())).toBe('CONFLICT/TOTP_ENABLED');
    expect(refusal(await tryToConfirm(app.showsNext()))).toBe('CONFLICT/TOTP_ENABLED');
  });

  it('stands in the database neither with its secret nor with a recovery code', async () => {
    const stored = JSON.stringify([
      await relay.rows(`SELECT *, encode(totp_secret, 'escape') AS text FROM accounts`),
      await relay.rows(`SELECT encode(code_hash, 'escape') AS text FROM recovery_codes`),
    ]);
    for (const code of recoveryCodes) expect(stored).not.toContain(code.slice(0, 4) + code.slice(5, 9));
    const [row] = await relay.rows<{ totp_secret: Buffer }>('SELECT totp_secret FROM accounts');
    expect(row!.totp_secret).toHaveLength(12 + 20 + 16);
  });
});

describe('logging in', () => {
  it('asks for a code after the right password only', async () => {
    expect(refusal(await loginWith({}))).toBe(REQUIRED);
    const wrongPassword = await loginWith({}, 'not the password');
    expect(refusal(wrongPassword)).toBe(BAD);
    expect(await loginWith({ totpCode: app.showsNext() }, 'not the password')).toEqual(wrongPassword);
    expect(await loginWith({ totpCode: wrongCode() })).toEqual(wrongPassword);
    expect(refusal(await loginWith({ totpCode: app.shows(), recoveryCode: recoveryCodes[0] }))).toBe(
      'BAD_USER_INPUT/INVALID_VALUE',
    );
  });

  it('takes a code once, also when two come with it at once', async () => {
    const totpCode = app.showsNext();
    const answers = await Promise.all([1, 2, 3].map(() => loginWith({ totpCode })));
    expect(answers.filter(({ errors }) => !errors)).toHaveLength(1);
    expect(refusal(await loginWith({ totpCode }))).toBe(BAD);
    // Nor any code from before the used one.
    expect(refusal(await loginWith({ totpCode: app.shows(-1) }))).toBe(BAD);
  });

  it('takes a code of half a minute before or after, and none farther off', async () => {
    relay.clock.advance({ minutes: 5 });
    expect(refusal(await loginWith({ totpCode: app.shows(-2) }))).toBe(BAD);
    expect(refusal(await loginWith({ totpCode: app.shows(2) }))).toBe(BAD);
    granted(await loginWith({ totpCode: app.shows(-1) }));
    granted(await loginWith({ totpCode: app.shows(1) }));
  });

  it('does not use up a code when it fails for another reason', async () => {
    const totpCode = app.showsNext();
    expect(refusal(await loginWith({ totpCode, deviceId: alice.account.id }))).toBe('NOT_FOUND');
    granted(await loginWith({ totpCode, deviceId: alice.device!.id }));
  });

  it('takes each recovery code once, however it is spelled', async () => {
    const [code = '', other = ''] = recoveryCodes;
    const answers = await Promise.all([
      loginWith({ recoveryCode: code }),
      loginWith({ recoveryCode: code.toLowerCase().replaceAll('-', ' ') }),
    ]);
    expect(answers.filter(({ errors }) => !errors)).toHaveLength(1);
    expect(refusal(await loginWith({ recoveryCode: code }))).toBe(BAD);
    expect(refusal(await loginWith({ recoveryCode: other.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')) }))).toBe(
      BAD,
    );
    expect(await relay.rows('SELECT FROM recovery_codes')).toHaveLength(9);
  });

  it('goes on when the key of the secrets was changed, and encrypts anew', async () => {
    const env = { LETHE_TOTP_KEY: 'another key for authenticator secrets', LETHE_TOTP_KEY_VERSION: '2' };
    const rotated = await startRelay({ beside: relay, env });
    granted(await tryToLogin(rotated, { username: 'alice', totpCode: app.showsNext() }));
    expect(await relay.rows('SELECT totp_key_version AS version FROM accounts')).toEqual([{ version: 2 }]);
    granted(await tryToLogin(rotated, { username: 'alice', totpCode: app.showsNext() }));
    await rotated.stop();
  });

  it('lets nobody guess codes for long, not even with the password', async () => {
    const strict = await startRelay({
      beside: relay,
      env: {
        LETHE_LIMIT_SCALE: '1',
        LETHE_TOTP_KEY: 'another key for authenticator secrets',
        LETHE_TOTP_KEY_VERSION: '2',
      },
    });
    const answers: string[] = [];
    for (let guess = 1; guess <= 11; guess += 1) {
      relay.clock.advance({ seconds: 13 });
      answers.push(refusal(await tryToLogin(strict, { username: 'alice', totpCode: wrongCode() })));
    }
    expect(answers).toEqual([...Array<string>(10).fill(BAD), 'RATE_LIMITED']);
    // The owner has another way in.
    relay.clock.advance({ seconds: 13 });
    granted(await tryToLogin(strict, { username: 'alice', recoveryCode: recoveryCodes[2] }));
    await strict.stop();
  });
});

it('is turned off with password and code, and forgets everything', async () => {
  const [row] = await relay.rows<{ id: string }>('SELECT id FROM accounts');
  expect(row!.id).toBe(alice.account.id);
  alice = granted(await loginWith({ recoveryCode: recoveryCodes[3] })).login;
  expect(refusal(await tryToDisable(recoveryCodes[4]!, 'not the password'))).toBe(BAD);
  expect(refusal(await tryToDisable(recoveryCodes[3]!))).toBe(BAD);
  expect(refusal(await tryToDisable('what'))).toBe('BAD_USER_INPUT/INVALID_VALUE');
  expect(granted(await tryToDisable(recoveryCodes[4]!)).disableTotp).toBe(true);
  expect(await isEnabled()).toBe(false);
  expect(await relay.rows('SELECT FROM recovery_codes')).toEqual([]);
  expect(await relay.rows('SELECT totp_secret FROM accounts')).toEqual([{ totp_secret: null }]);
  expect(await whois(relay, (await login(relay, 'alice')).accessToken)).toBe('alice');
  expect(refusal(await tryToDisable(recoveryCodes[5]!))).toBe('CONFLICT/TOTP_NOT_BEGUN');
});

import { DataSource } from 'typeorm';
import { checkEmail } from '../../src/accounts/check-email.js';
import { SECRETS, type Secrets } from '../../src/config/secrets.js';
import { granted } from '../harness/graphql-client.js';
import { tryToRegister } from '../harness/people.js';
import { startRelay, type TestRelay } from '../harness/relay.js';

const running: TestRelay[] = [];
const start = async (env: Record<string, string>, beside?: TestRelay) => {
  const relay = await startRelay({ env, ...(beside && { beside }) });
  running.unshift(relay);
  return relay;
};

afterAll(async () => {
  for (const relay of running) await relay.stop();
});

const pepper = (name: string) => `${name} pepper, which is thirty-two characters or more`;

const check = (relay: TestRelay, username: string, address: string) =>
  checkEmail(relay.app.get(DataSource), relay.app.get<Secrets>(SECRETS), username, address);

const stored = (relay: TestRelay) =>
  relay.rows<{ username: string; version: number; hash: string }>(
    `SELECT username, email_pepper_version AS version, encode(email_hash, 'hex') AS hash FROM accounts ORDER BY username`,
  );

it('changes its pepper while what was hashed before stays good', async () => {
  const before = await start({ LETHE_EMAIL_PEPPER: pepper('first') });
  granted(await tryToRegister(before, { username: 'alice', email: 'alice@example.org' }));
  granted(await tryToRegister(before, { username: 'bob', email: 'bob@example.org' }));
  const [, bobBefore] = await stored(before);

  const rotation = { LETHE_EMAIL_PEPPER: pepper('second'), LETHE_EMAIL_PEPPER_VERSION: '2' };
  const after = await start({ ...rotation, LETHE_PREVIOUS_EMAIL_PEPPER: pepper('first') }, before);
  // The address of alice, at somebody new: under another pepper nothing shows that it is the same.
  granted(await tryToRegister(after, { username: 'carol', email: 'alice@example.org' }));
  granted(await tryToRegister(after, { username: 'dave', email: null }));
  expect((await stored(after)).map(({ version }) => version)).toEqual([1, 1, 2, null]);
  const [aliceHash, , carolHash] = (await stored(after)).map(({ hash }) => hash);
  expect(aliceHash).not.toBe(carolHash);

  expect(await check(after, 'alice', 'bob@example.org')).toBe('OTHER');
  expect(await check(after, 'alice', 'no address')).toBe('OTHER');
  expect(await check(after, 'dave', 'dave@example.org')).toBe('NONE');
  expect(await check(after, 'nobody', 'dave@example.org')).toBe('NONE');
  expect(await check(after, 'Alice', ' ALICE@example.org\n')).toBe('SAME');

  // Named again, it was hashed anew; what nobody named stays as it was.
  const [alice, bob] = await stored(after);
  expect(alice).toEqual({ username: 'alice', version: 2, hash: carolHash });
  expect(bob).toEqual(bobBefore);

  const later = await start(rotation, before);
  expect(await check(later, 'alice', 'alice@example.org')).toBe('SAME');
  expect(await check(later, 'bob', 'bob@example.org')).toBe('UNKNOWN_PEPPER');
});

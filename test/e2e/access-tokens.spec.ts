import { createHash, createPublicKey, generateKeyPairSync, type JsonWebKey, type KeyObject, verify } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { SECRETS, type Secrets } from '../../src/config/secrets.js';
import { register, type Tokens, whois } from '../harness/people.js';
import { startRelay, type TestRelayOptions } from '../harness/relay.js';

type Relay = Awaited<ReturnType<typeof startRelay>>;
type Jwk = JsonWebKey & { kid: string; use: string; alg: string };

let relay: Relay;
let alice: Tokens;

const running: Relay[] = [];
const start = async (options?: TestRelayOptions) => {
  const relay = await startRelay(options);
  running.unshift(relay);
  return relay;
};

beforeAll(async () => {
  relay = await start();
  alice = await register(relay, 'alice');
});

afterAll(async () => {
  for (const relay of running) await relay.stop();
});

const INVALID = 'UNAUTHENTICATED/TOKEN_INVALID';

const publishedKeys = async (at: Relay) => {
  const response = await fetch(`${at.url}/.well-known/jwks.json`);
  expect(response.headers.get('cache-control')).toBe('public, max-age=300');
  return ((await response.json()) as { keys: Jwk[] }).keys;
};

const partsOf = (token: string) => token.split('.') as [string, string, string];
const read = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>;
const pem = (key: KeyObject) => key.export({ type: 'pkcs8', format: 'pem' }).toString();
const newKey = () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;

it('an access token verifies with the published key and nothing but node:crypto', async () => {
  const [header, payload, signature] = partsOf(alice.accessToken);
  const [key, ...others] = await publishedKeys(relay);
  expect(others).toEqual([]);
  const { kid, crv, kty, x, y } = key!;
  expect(read(header)).toMatchObject({ alg: 'ES256', kid });
  expect(kid).toBe(createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url'));
  const publicKey = createPublicKey({ key: key!, format: 'jwk' });
  const signed = Buffer.from(`${header}.${payload}`);
  const bytes = Buffer.from(signature, 'base64url');
  expect(verify('sha256', signed, { key: publicKey, dsaEncoding: 'ieee-p1363' }, bytes)).toBe(true);

  const { iss, aud, sub, sid, did, iat, exp } = read(payload);
  expect({ iss, aud, sub, did }).toEqual({ iss: 'lethe', aud: 'lethe', sub: alice.account.id, did: alice.device!.id });
  expect(sid).toMatch(/^[0-9a-f-]{36}$/);
  expect(Number(exp) - Number(iat)).toBe(15 * 60);
  expect(new Date(Number(exp) * 1000).toISOString()).toBe(alice.accessTokenExpiresAt);
});

it('the key before the last rotation still verifies, and both are published', async () => {
  const previous = relay.app.get<Secrets>(SECRETS).signingKey;
  const env = { LETHE_SIGNING_KEY: pem(newKey()), LETHE_PREVIOUS_SIGNING_KEY: pem(previous) };
  const rotated = await start({ beside: relay, env });
  expect(await whois(rotated, alice.accessToken)).toBe('alice');
  const [now, before] = await publishedKeys(rotated);
  expect(before).toEqual((await publishedKeys(relay))[0]);
  const renewed = partsOf((await register(rotated, 'after.rotation')).accessToken);
  expect(read(renewed[0])).toMatchObject({ kid: now!.kid });

  const forgetful = await start({ beside: relay, env: { LETHE_SIGNING_KEY: env.LETHE_SIGNING_KEY } });
  expect(await whois(forgetful, alice.accessToken)).toBe(INVALID);
});

describe('a forged token is refused:', () => {
  const claims = () => read(partsOf(alice.accessToken)[1]);
  const kid = () => read(partsOf(alice.accessToken)[0]).kid as string;
  const relaysKey = () => relay.app.get<Secrets>(SECRETS).signingKey;
  const text = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = (payload: object, options: jwt.SignOptions = {}) =>
    jwt.sign(payload, relaysKey(), { algorithm: 'ES256', keyid: kid(), ...options });

  it('(control: one made with the relay’s key and claims is taken)', async () => {
    expect(await whois(relay, signed(claims()))).toBe('alice');
  });

  const forgeries: Record<string, () => string> = {
    'of another relay’s key': () => jwt.sign(claims(), newKey(), { algorithm: 'ES256', keyid: kid() }),
    'of a key nobody published': () => jwt.sign(claims(), newKey(), { algorithm: 'ES256', keyid: 'another' }),
    'without kid': () => jwt.sign(claims(), relaysKey(), { algorithm: 'ES256' }),
    'with another kid': () => signed(claims(), { keyid: 'another' }),
    'with a kid of Object.prototype': () => signed(claims(), { keyid: 'constructor' }),
    'unsigned (alg: none)': () => `${text({ alg: 'none', typ: 'JWT', kid: kid() })}.${text(claims())}.`,
    'HMAC under the public key': () =>
      jwt.sign(claims(), createPublicKey(relaysKey()).export({ type: 'spki', format: 'pem' }), {
        algorithm: 'HS256',
        keyid: kid(),
      }),
    'of another issuer': () => signed({ ...claims(), iss: 'https://other.example' }),
    'for another audience': () => signed({ ...claims(), aud: 'other' }),
    'without end': () => {
      const { exp: _, ...endless } = claims();
      return signed(endless);
    },
    'without session': () => signed({ ...claims(), sid: undefined }),
    'whose account is no id': () => signed({ ...claims(), sub: 'alice' }),
    'with other claims under its signature': () => {
      const [header, , signature] = partsOf(alice.accessToken);
      return `${header}.${text({ ...claims(), exp: 4_000_000_000 })}.${signature}`;
    },
    'cut short': () => alice.accessToken.slice(0, -4),
    'no token at all': () => 'x',
    'whose claims are not JSON': () => `${text({ alg: 'ES256', typ: 'JWT', kid: kid() })}.eA.eA`,
    'something that is not JSON': () => `${Buffer.from('x').toString('base64url')}.e30.e30`,
  };

  it.each(Object.keys(forgeries))('%s', async (name) => {
    expect(await whois(relay, forgeries[name]!())).toBe(INVALID);
  });
});

it('an access token ends after 15 minutes, also where it was verified before', async () => {
  expect(await whois(relay, alice.accessToken)).toBe('alice');
  relay.clock.advance({ minutes: 14 });
  expect(await whois(relay, alice.accessToken)).toBe('alice');
  relay.clock.advance({ minutes: 1 });
  expect(await whois(relay, alice.accessToken)).toBe('UNAUTHENTICATED/SESSION_EXPIRED');
  const other = await start({ beside: relay });
  expect(await whois(other, alice.accessToken)).toBe('UNAUTHENTICATED/SESSION_EXPIRED');
});

it('no token, or one under another scheme, opens nothing', async () => {
  expect(await whois(relay, undefined)).toBe('UNAUTHENTICATED/TOKEN_MISSING');
  const response = await fetch(`${relay.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Basic ${alice.accessToken}` },
    body: JSON.stringify({ query: '{ me { id } }' }),
  });
  expect(await response.text()).toContain('TOKEN_INVALID');
});

import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import pg from 'pg';
import { startRelay, type TestRelay } from '../harness/relay.js';

const LIVE = JSON.stringify({ query: '{ __typename }' });
const USER = JSON.stringify('query ($id: ID!) { user(id: $id) { id } }');
const JSON_TYPE = { 'content-type': 'application/json' };

interface Answer {
  status: number;
  headers: Headers;
  text: string;
  /** The only error, when there is exactly one and nothing else in the answer. */
  error: { message: string; extensions: { code: string; reason?: string; fields?: object[]; retryAfterMs?: number } };
}

describe('the edge', () => {
  let relay: TestRelay;

  const ask = async (path: string, init: RequestInit): Promise<Answer> => {
    const response = await fetch(new URL(path, relay.url), init);
    const body = await response.text();
    const { errors = [], ...rest } = (body.startsWith('{') ? JSON.parse(body) : {}) as { errors?: Answer['error'][] };
    const error = errors.length === 1 && Object.keys(rest).length === 0 ? errors[0] : undefined;
    return { status: response.status, headers: response.headers, text: body, error: error as Answer['error'] };
  };
  const post = (body: string, headers: Record<string, string> = JSON_TYPE) =>
    ask('/graphql', { method: 'POST', headers, body });
  const refused = ({ status, error }: Answer) => {
    const { code, reason } = error.extensions;
    return `${status} ${code}${reason ? `/${reason}` : ''}`;
  };

  beforeAll(async () => {
    relay = await startRelay({
      env: { LETHE_ALLOWED_ORIGINS: 'https://chat.example', LETHE_REQUEST_DEADLINE_MS: '500' },
    });
  });
  afterAll(() => relay.stop());

  it('answers an operation', async () => {
    const { status, text } = await post(LIVE);
    expect(status).toBe(200);
    expect(JSON.parse(text)).toEqual({ data: { __typename: 'Query' } });
  });

  it.each([
    ['JSON that is none', () => post('{"query": "{ __typename '), '400 BAD_USER_INPUT/QUERY_MALFORMED'],
    ['an empty body', () => post(''), '400 BAD_USER_INPUT/QUERY_MALFORMED'],
    ['a body that poisons prototypes', () => post('{"__proto__":{"a":1}}'), '400 BAD_USER_INPUT/QUERY_MALFORMED'],
    ['JSON that is no object', () => post('null'), '400 BAD_USER_INPUT/QUERY_MALFORMED'],
    ['no query', () => post('{"variables":{}}'), '400 BAD_USER_INPUT/QUERY_MALFORMED'],
    ['a query that is none', () => post('{"query":"{ me "}'), '400 BAD_USER_INPUT/QUERY_MALFORMED'],
    ['a field that is none', () => post('{"query":"{ nobody }"}'), '400 BAD_USER_INPUT/QUERY_INVALID'],
    [
      'an operation that is none',
      () => post('{"query":"{ __typename }","operationName":"x"}'),
      '400 BAD_USER_INPUT/QUERY_INVALID',
    ],
    [
      'an operation that is not named by a text',
      () => post('{"query":"{ __typename }","operationName":1}'),
      '400 BAD_USER_INPUT/QUERY_MALFORMED',
    ],
    [
      'variables that are a list',
      () => post('{"query":"{ __typename }","variables":[1]}'),
      '400 BAD_USER_INPUT/QUERY_MALFORMED',
    ],
    [
      'a value nested 100,000 deep',
      () => post(`{"query":${USER},"variables":{"id":${'['.repeat(100_000)}${']'.repeat(100_000)}}}`),
      '400 BAD_USER_INPUT/INVALID_VALUE',
    ],
    [
      'a list of 100,000',
      () => post(`{"query":${USER},"variables":{"id":[${'1,'.repeat(100_000)}1]}}`),
      '400 LIMIT_REACHED/TOO_LARGE',
    ],
    [
      'a subscription on a condition',
      () => post('{"query":"subscription ($no: Boolean!) { feed @skip(if: $no) { cursor } }","variables":{"no":true}}'),
      '400 BAD_USER_INPUT/INVALID_VALUE',
    ],
    [
      '20 KiB of headers',
      () => post(LIVE, { ...JSON_TYPE, padding: 'x'.repeat(20 * 1024) }),
      '400 BAD_USER_INPUT/QUERY_MALFORMED',
    ],
    ['a batch', () => post(`[${LIVE},${LIVE}]`), '400 BAD_USER_INPUT/QUERY_MALFORMED'],
    ['300 KiB', () => post(JSON.stringify({ query: 'x'.repeat(300 * 1024) })), '413 LIMIT_REACHED/TOO_LARGE'],
    ['a text that is JSON', () => post(LIVE, { 'content-type': 'text/plain' }), '415 BAD_USER_INPUT/QUERY_MALFORMED'],
    [
      'a form',
      () => post('query={__typename}', { 'content-type': 'application/x-www-form-urlencoded' }),
      '415 BAD_USER_INPUT/QUERY_MALFORMED',
    ],
    ['a type that is none', () => post(LIVE, { 'content-type': 'nonsense' }), '415 BAD_USER_INPUT/QUERY_MALFORMED'],
    ['GET', () => ask('/graphql?query={__typename}', {}), '405 BAD_USER_INPUT/QUERY_MALFORMED'],
    [
      'PUT',
      () => ask('/graphql', { method: 'PUT', headers: JSON_TYPE, body: LIVE }),
      '405 BAD_USER_INPUT/QUERY_MALFORMED',
    ],
    ['OPTIONS', () => ask('/graphql', { method: 'OPTIONS' }), '405 BAD_USER_INPUT/QUERY_MALFORMED'],
    ['an unknown path', () => ask('/nowhere', {}), '404 NOT_FOUND'],
    [
      'an unknown path with a body',
      () => ask('/graphql/', { method: 'POST', headers: JSON_TYPE, body: LIVE }),
      '404 NOT_FOUND',
    ],
    ['a path that is none', () => ask('/%zz', {}), '400 BAD_USER_INPUT/QUERY_MALFORMED'],
  ] as const)('refuses %s in the shape of GraphQL', async (_, send, refusal) => {
    const answer = await send();
    expect(refused(answer)).toBe(refusal);
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
    expect(answer.text).not.toMatch(/statusCode|stack|node_modules|__typename/);
  });

  it('says which method it takes', async () => {
    expect((await ask('/graphql', {})).headers.get('allow')).toBe('POST');
  });

  it('answers bytes that are not HTTP, and hangs up', async () => {
    const socket = connect(Number(new URL(relay.url).port), '127.0.0.1');
    socket.end('EHLO relay.example\r\n\r\n');
    const answer = await text(socket);
    expect(answer).toMatch(/^HTTP\/1.1 400 /);
    expect(JSON.parse(answer.split('\r\n\r\n')[1]!)).toMatchObject({
      errors: [{ extensions: { code: 'BAD_USER_INPUT', reason: 'QUERY_MALFORMED' } }],
    });
  });

  it('lets no page sniff, frame or run what it answers, refusals included', async () => {
    for (const answer of [await post(LIVE), await post('{'), await ask('/nowhere', {})]) {
      expect(Object.fromEntries(answer.headers)).toMatchObject({
        'content-security-policy': "default-src 'none';frame-ancestors 'none'",
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'referrer-policy': 'no-referrer',
        'strict-transport-security': expect.stringContaining('max-age=') as string,
      });
      expect(answer.headers.has('x-powered-by')).toBe(false);
    }
  });

  describe('towards web pages', () => {
    const preflight = (origin: string) =>
      ask('/graphql', {
        method: 'OPTIONS',
        headers: {
          origin,
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'content-type,authorization',
        },
      });

    it('is open to those of localhost and of the allowed origins', async () => {
      for (const origin of ['http://localhost:5173', 'https://chat.example']) {
        const before = await preflight(origin);
        expect(before.status).toBe(204);
        expect(before.headers.get('access-control-allow-origin')).toBe(origin);
        expect(before.headers.get('access-control-allow-headers')).toBe('content-type,authorization');
        const { headers } = await post(LIVE, { ...JSON_TYPE, origin });
        expect(headers.get('access-control-allow-origin')).toBe(origin);
        expect(headers.get('vary')).toMatch(/origin/i);
      }
    });

    it('is shut to others', async () => {
      for (const origin of ['https://evil.example', 'https://chat.example.evil.example', 'null']) {
        expect((await preflight(origin)).headers.has('access-control-allow-origin')).toBe(false);
        expect((await post(LIVE, { ...JSON_TYPE, origin })).headers.has('access-control-allow-origin')).toBe(false);
      }
    });

    it('lets them read why they are refused', async () => {
      const { headers } = await post('{', { ...JSON_TYPE, origin: 'https://chat.example' });
      expect(headers.get('access-control-allow-origin')).toBe('https://chat.example');
    });
  });

  describe('what goes wrong', () => {
    const REFRESH = 'mutation ($token: String!) { refreshSession(refreshToken: $token) { accessToken } }';
    const refresh = () => post(JSON.stringify({ query: REFRESH, variables: { token: 'r'.repeat(43) } }));
    const inDatabase = async (work: (client: pg.Client) => Promise<unknown>) => {
      const client = new pg.Client({ connectionString: relay.databaseUrl });
      await client.connect();
      await work(client).finally(() => client.end());
    };

    it('is told in time, even when the work takes longer', () =>
      inDatabase(async (client) => {
        await client.query('BEGIN; LOCK TABLE refresh_tokens IN ACCESS EXCLUSIVE MODE');
        expect(refused(await refresh())).toBe('503 UNAVAILABLE/DEADLINE_EXCEEDED');
        await client.query('ROLLBACK');
        expect((await refresh()).text).toContain('TOKEN_INVALID');
      }));

    it('is shown as a reference when nobody foresaw it, without its words', () =>
      inDatabase(async (client) => {
        await client.query('ALTER TABLE refresh_tokens RENAME TO lost');
        const { text } = await refresh();
        await client.query('ALTER TABLE lost RENAME TO refresh_tokens');
        expect(JSON.parse(text)).toEqual({
          data: null,
          errors: [
            {
              message: 'Something went wrong.',
              path: ['refreshSession'],
              locations: expect.any(Array) as object[],
              extensions: { code: 'INTERNAL_SERVER_ERROR', ref: expect.stringMatching(/^[0-9a-f-]{36}$/) as string },
            },
          ],
        });
      }));

    it('does not repeat a value that was refused', async () => {
      const secret = 'a; "secret" at "input.password"; hush';
      const variables = { token: [secret] };
      const answer = await post(JSON.stringify({ query: REFRESH, variables }));
      expect(answer.text).not.toMatch(/secret"? at|hush/);
      expect(answer.error.extensions).toEqual({
        code: 'BAD_USER_INPUT',
        reason: 'INVALID_VALUE',
        fields: [{ path: 'token', message: 'String cannot represent a non string value.' }],
      });
    });

    it('does not repeat it when it stands in the document', async () => {
      const answer = await post(
        JSON.stringify({ query: 'mutation { refreshSession(refreshToken: 123456) { accessToken } }' }),
      );
      expect(refused(answer)).toBe('400 BAD_USER_INPUT/QUERY_INVALID');
      expect(answer.text).not.toContain('123456');
    });

    it('is told at once, even of a text that takes seconds to normalize', async () => {
      const query = 'mutation ($input: LoginInput!) { login(input: $input) { accessToken } }';
      const password = `p${'\u0301'.repeat(55_000)}${'\u0323'.repeat(55_000)}`;
      const started = performance.now();
      const { error } = await post(JSON.stringify({ query, variables: { input: { username: 'alice', password } } }));
      expect(error.extensions.reason).toBe('INVALID_VALUE');
      expect(performance.now() - started).toBeLessThan(1_000);
    });

    it('does not help to guess', async () => {
      const query = 'mutation { refreshSesion(refreshToken: "x") { accessToken } }';
      const { text } = await post(JSON.stringify({ query }));
      expect(text).toContain('refreshSesion');
      expect(text).not.toMatch(/did you mean|refreshSession/i);
    });

    it('tells where subscriptions run', async () => {
      const { error } = await post(JSON.stringify({ query: 'subscription { __typename }' }));
      expect(error.extensions.code).toBe('BAD_USER_INPUT');
    });
  });
});

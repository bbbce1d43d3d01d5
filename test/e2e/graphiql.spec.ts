import type { Browser } from 'playwright-core';
import { describeWithChromium, startBrowser } from '../harness/browser.js';
import { GraphiqlPage } from '../harness/graphiql-page.js';
import { PASSWORD } from '../harness/people.js';
import { people, type Person, sealed } from '../harness/person.js';
import { productionSettings } from '../harness/production.js';
import { startRelay, type TestRelay } from '../harness/relay.js';
import { buildGraphiql } from '../harness/relay-process.js';
import { within } from '../harness/within.js';

const LOG = `subscription Log($id: ID!) {
  channelLog(channelId: $id) { caughtUp entries { seq ... on Message { sealedBody } } }
}`;

const bearer = ({ token }: Person) => ({ authorization: `Bearer ${token}` });

describe('the page of GraphiQL', () => {
  let relay: TestRelay;

  const get = (path: string, headers: Record<string, string> = {}) =>
    fetch(new URL(path, relay.url), { redirect: 'manual', headers });
  const visit = (path: string) => get(path, { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' });
  const policyOf = ({ headers }: Response) => headers.get('content-security-policy') ?? '';

  beforeAll(buildGraphiql, 60_000);
  beforeAll(async () => {
    relay = await startRelay();
  });
  afterAll(() => relay.stop());

  it('is what a browser is shown that opens the API, and nobody else', async () => {
    const { status, headers } = await visit('/graphql');
    expect(status).toBe(303);
    expect(new URL(headers.get('location') ?? '', `${relay.url}/graphql`).href).toBe(`${relay.url}/graphiql`);
    for (const other of [await get('/graphql'), await visit('/graphql?query={__typename}')])
      expect([other.status, other.headers.get('allow')]).toEqual([405, 'POST']);
  });

  it('is asked for anew each time, and its files once', async () => {
    const page = await visit('/graphiql');
    expect(page.headers.get('cache-control')).toBe('no-cache');
    const again = await get('/graphiql', { 'if-none-match': page.headers.get('etag') ?? '' });
    expect([again.status, await again.text()]).toEqual([304, '']);

    const files = [...(await page.text()).matchAll(/(?:src|href)="(graphiql\/[^"]+)"/g)].map(([, path = '']) => path);
    expect(files).toHaveLength(2);
    for (const file of await Promise.all(files.map((path) => get(`/${path}`)))) {
      expect(file.status).toBe(200);
      expect(file.headers.get('content-type')).toMatch(/^text\/(css|javascript); charset=utf-8$/);
      expect(file.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    }
  });

  it('runs no script but its own, and nothing may frame it', async () => {
    const policy = policyOf(await visit('/graphiql'));
    expect(policy).toContain("default-src 'none';script-src 'self';");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/script-src[^;]*(unsafe|data:|blob:|http)/);
    expect(policyOf(await get('/graphql'))).toBe("default-src 'none';frame-ancestors 'none'");
  });

  it.each([
    '/graphiql/',
    '/graphiql/index.html',
    '/graphiql/..%2fsrc%2fmain.js',
    '/graphiql/.built-from',
    '/graphiql/no.js',
  ])('has nothing at %s', async (path) => {
    const answer = await visit(path);
    expect(answer.status).toBe(404);
    expect(await answer.json()).toMatchObject({ errors: [{ extensions: { code: 'NOT_FOUND' } }] });
  });

  it.each([
    ['where it is turned off', { LETHE_GRAPHIQL: 'false' }, 404],
    ['in production', productionSettings(), 404],
    ['in production where it is meant', { ...productionSettings(), LETHE_GRAPHIQL: 'true' }, 200],
  ])('is there or not: %s', async (_, env, status) => {
    const other = await startRelay({ env });
    const html = { headers: { accept: 'text/html' }, redirect: 'manual' } as const;
    expect((await fetch(`${other.url}/graphiql`, html)).status).toBe(status);
    expect((await fetch(`${other.url}/graphql`, html)).status).toBe(status === 200 ? 303 : 405);
    await other.stop();
  });
});

describeWithChromium('GraphiQL in a browser', () => {
  let relay: TestRelay;
  let browser: Browser;
  let graphiql: GraphiqlPage;
  let alice: Person;
  let bob: Person;

  beforeAll(buildGraphiql, 120_000);
  beforeAll(async () => {
    relay = await startRelay();
    [alice, bob] = (await people(relay, 'alice', 'bob')) as [Person, Person];
    browser = await startBrowser();
  });
  beforeEach(async () => {
    graphiql = await GraphiqlPage.open(browser, `${relay.url}/graphql`);
  });
  afterEach(async () => {
    // Whatever was done: nothing left the relay's own origin, and nothing was tried that the policy forbids.
    const { host } = new URL(relay.url);
    expect(graphiql.complaints).toEqual([]);
    expect(graphiql.asked.length).toBeGreaterThan(10);
    expect(graphiql.asked.filter((url) => new URL(url).host !== host)).toEqual([]);
    await graphiql.close();
  });
  afterAll(async () => {
    await browser?.close();
    await relay?.stop();
  });

  it('is where a browser that opens the API comes to', async () => {
    expect(graphiql.page.url()).toBe(`${relay.url}/graphiql`);
    await graphiql.page.getByRole('button', { name: 'Show Documentation Explorer' }).click();
    await graphiql.page.getByText('A GraphQL schema provides a root type').waitFor();
  });

  it('asks and follows with the token in its headers, and with the next one when that changes', async () => {
    const channelId = await alice.makesGroupWith();

    await graphiql.takesTab('Me');
    await graphiql.writesHeaders(bearer(alice));
    await graphiql.runs();
    await graphiql.shows('"username": "alice"');

    await graphiql.writesOperation(LOG);
    await graphiql.writesVariables({ id: channelId });
    await graphiql.runs();
    await graphiql.shows('"caughtUp": true');
    await alice.posts(channelId, 'while somebody watches');
    await graphiql.shows(sealed('while somebody watches').slice(1, 33));
    await graphiql.stops();

    await graphiql.writesHeaders(bearer(bob));
    await graphiql.runs();
    await graphiql.shows('NOT_FOUND');
  });

  it('gives whoever has no account one to try things out with', async () => {
    await graphiql.runs();
    await graphiql.shows('"username": "guest-');
    await graphiql.page.getByText('The access token of the last answer is sent along').waitFor();
    await graphiql.takesTab('OpenNotes');
    await graphiql.runs();
    await graphiql.shows('"headSeq": 0');
    await graphiql.takesTab('Follow');
    await graphiql.runs();
    await graphiql.shows('"caughtUp": true');
    await graphiql.stops();

    await graphiql.page.getByRole('button', { name: 'Forget it' }).click();
    await graphiql.runs();
    await graphiql.shows('4401');
  });

  it('keeps no token and no password', async () => {
    await graphiql.takesTab('LogIn');
    await graphiql.writesVariables({ input: { username: 'alice', password: PASSWORD } });
    await graphiql.runs();
    await graphiql.shows('"accessToken"');
    await graphiql.writesHeaders(bearer(bob));
    await graphiql.takesTab('Me');
    await graphiql.runs();
    await graphiql.shows('"username": "alice"');

    const { page } = graphiql;
    const kept = () =>
      page.evaluate<string>('JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])');
    // How the page looks is kept, and was changed last: all that was to be stored before has been.
    await page.locator('.graphiql-horizontal-drag-bar:visible').last().dragTo(page.getByRole('status'));
    await within(10_000, async () => (await kept()).includes('graphiql:editorFlex'));
    expect(await kept()).not.toMatch(/eyJ|correct horse|query|mutation/);
    await page.reload();
    await page.getByText('No access token is held.').waitFor();
  });
});

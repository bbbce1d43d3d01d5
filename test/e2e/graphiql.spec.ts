import type { Browser } from 'playwright-core';
import { describeWithChromium, startBrowser } from '../harness/browser.js';
import { GraphiqlPage } from '../harness/graphiql-page.js';
import { PASSWORD } from '../harness/people.js';
import { people, type Person, sealed } from '../harness/person.js';
import { startRelay, type TestRelay } from '../harness/relay.js';
import { buildGraphiql } from '../harness/relay-process.js';
import { within } from '../harness/within.js';

const LOG = `subscription Log($id: ID!) {
  channelLog(channelId: $id) { caughtUp entries { seq ... on Message { sealedBody } } }
}`;

const bearer = ({ token }: Person) => ({ authorization: `Bearer ${token}` });

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

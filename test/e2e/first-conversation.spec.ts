import { gql } from '@apollo/client';
import { firstConversation } from '../../demo/first-conversation.js';
import { connectTo } from '../../demo/relay-client.js';
import { SignalPerson } from '../../demo/signal-person.js';
import { startRelay, type TestRelay } from '../harness/relay.js';

describe('the first conversation of the README', () => {
  let relay: TestRelay;

  beforeAll(async () => {
    relay = await startRelay({ env: { LETHE_LIMIT_SCALE: '1' } });
  });
  afterAll(() => relay.stop());

  it('arrives, and the relay has kept nothing that reads like it', async () => {
    expect(await firstConversation(relay.url)).toBe('Hello, Bob!');

    const rows = await relay.rows<{ sealed_body: Buffer }>('SELECT sealed_body FROM channel_entries');
    expect(rows).toHaveLength(1);
    expect(rows[0]?.sealed_body.includes('Hello')).toBe(false);
  });

  it('is held with a client that tries again when it is told to wait', async () => {
    const { client } = connectTo(relay.url);
    const query = gql`
      query Nothing {
        __typename
      }
    `;
    // More than an address may ask at once.
    const asked = Array.from({ length: 70 }, () =>
      client.query({ query, fetchPolicy: 'no-cache', context: { queryDeduplication: false } }),
    );
    expect((await Promise.all(asked)).map(({ data }) => data)).toEqual(asked.map(() => ({ __typename: 'Query' })));
  });

  it('is followed with one, too', async () => {
    const [alice, bob] = await Promise.all(['alice', 'bob'].map((name) => SignalPerson.registers(relay.url, name)));
    if (!alice || !bob) throw new Error('Two were asked for.');
    await alice.meets(bob);
    const channel = await alice.opensDirectWith(bob);
    await alice.posts(await alice.writes('Are you there?', bob, channel));

    const noise = Promise.all(
      Array.from({ length: 100 }, () => fetch(new URL('/graphql', relay.url), { method: 'POST' })),
    );
    bob.comesOnline();
    await bob.hasRead(1);
    expect(bob.read).toMatchObject([{ seq: 1, text: 'Are you there?' }]);
    await noise;
    await Promise.all([alice.goesAway(), bob.goesAway()]);
  });
});

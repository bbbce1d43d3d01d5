import { firstConversation } from '../../demo/first-conversation.js';
import { startRelay, type TestRelay } from '../harness/relay.js';

describe('the first conversation of the README', () => {
  let relay: TestRelay;

  beforeAll(async () => {
    relay = await startRelay();
  });
  afterAll(() => relay.stop());

  it('arrives, and the relay has kept nothing that reads like it', async () => {
    expect(await firstConversation(relay.url)).toBe('Hello, Bob!');

    const rows = await relay.rows<{ sealed_body: Buffer }>('SELECT sealed_body FROM channel_entries');
    expect(rows).toHaveLength(1);
    expect(rows[0]?.sealed_body.includes('Hello')).toBe(false);
  });
});

import type { Writable } from 'node:stream';
import * as ws from 'ws';
import { closingOf, SharedMessage } from './shared-message.js';

// Exported by ws for its own client, and missing in its typings.
const { Receiver } = ws as unknown as { Receiver: new (options: { isServer: boolean }) => Writable };

/** What a WebSocket client makes of the bytes. */
function received(frames: Buffer[]): unknown[] {
  const messages: unknown[] = [];
  const receiver = new Receiver({ isServer: false });
  receiver.on('message', (data: Buffer) => messages.push(JSON.parse(data.toString())));
  for (const frame of frames) receiver.write(frame);
  return messages;
}

describe('a shared message', () => {
  it.each([0, 50, 125, 126, 400, 16_300, 65_400, 65_535, 65_536, 200_000])(
    'of %i characters arrives under every operation id',
    (length) => {
      const payload = { data: { words: 'ü'.repeat(length / 2) } };
      const message = new SharedMessage(Buffer.from(JSON.stringify(payload)));
      for (const id of ['1', '0195d5a4-7c1e-7bd0-9f1e-5b0f3b1c2d3e', '1', 'quoted " and \\ and ü'])
        expect(received(message.framesFor(closingOf(id)))).toEqual([{ type: 'next', payload, id }]);
    },
  );

  it('is not copied for each follower when it is large', () => {
    const message = new SharedMessage(Buffer.from(JSON.stringify({ data: 'x'.repeat(100_000) })));
    const [head] = message.framesFor(closingOf('a'));
    expect(message.framesFor(closingOf('b'))[0]).toBe(head);
  });
});

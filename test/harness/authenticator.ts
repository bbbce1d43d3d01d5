import { createHmac } from 'node:crypto';
import type { TestClock } from './relay.js';

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** An authenticator app, as RFC 6238 describes it: written anew here, so that the relay is not held against itself. */
export class Authenticator {
  private readonly key: Buffer;

  constructor(
    secret: string,
    private readonly clock: TestClock,
  ) {
    const bits = [...secret].map((letter) => alphabet.indexOf(letter).toString(2).padStart(5, '0')).join('');
    this.key = Buffer.from(bits.match(/.{8}/g)!.map((byte) => parseInt(byte, 2)));
  }

  /** The code shown now, or some steps of 30 seconds from now. */
  shows(stepsAhead = 0): string {
    const step = BigInt(Math.floor(this.clock.now().getTime() / 30_000) + stepsAhead);
    const mac = createHmac('sha1', this.key)
      .update(Buffer.from(step.toString(16).padStart(16, '0'), 'hex'))
      .digest();
    const offset = mac.at(-1)! % 16;
    return String((mac.readUInt32BE(offset) % 2 ** 31) % 1_000_000).padStart(6, '0');
  }

  /** The code of a step that no code was used of. */
  showsNext(): string {
    this.clock.advance({ seconds: 60 });
    return this.shows();
  }
}

import { randomBytes } from 'node:crypto';

/**
 * Where in Redis something ephemeral passes by on its way to whoever listens, as docs/what-the-relay-sees.md says:
 * published on this channel, and standing nowhere else.
 */
export const channels = ['lethe:mailbox-whisper', 'lethe:typing'] as const;
export type Channel = (typeof channels)[number];

/** What must not turn up anywhere, in the forms it might turn up in. */
export class Canaries {
  private readonly planted = new Map<string, { value: Buffer; passes: Channel | undefined }>();

  /** A new marker that fits anywhere a word fits: 24 lower-case letters and digits. */
  word(name: string, passes?: Channel): string {
    const marker = `kanari${randomBytes(9).toString('hex')}`;
    this.add(name, marker, passes);
    return marker;
  }

  /** Something somebody else made, such as a token. */
  add(name: string, value: string | Buffer, passes?: Channel): void {
    this.planted.set(name, { value: Buffer.from(value as string), passes });
  }

  get names(): string[] {
    return [...this.planted.keys()];
  }

  /** Names of the markers that stand in a text, and in which form. Those that pass through `channel` may stand there. */
  foundIn(text: string, channel?: string): string[] {
    const lowerCase = text.toLowerCase();
    return [...this.planted]
      .filter(([, { passes }]) => passes === undefined || passes !== channel)
      .flatMap(([name, { value }]) =>
        formsOf(value)
          .filter(({ words, exact }) => (exact ? text.includes(words) : lowerCase.includes(words)))
          .map(({ form }) => `${name} (${form})`),
      );
  }

  /** Names of those that pass through the channel. */
  passing(channel: Channel): string[] {
    return [...this.planted].filter(([, { passes }]) => passes === channel).map(([name]) => name);
  }
}

interface Form {
  form: string;
  words: string;
  /** Whether capital letters matter. */
  exact: boolean;
}

function formsOf(value: Buffer): Form[] {
  const base64 = [0, 1, 2].map((offset) => inBase64(value, offset));
  return [
    { form: 'raw', words: value.toString('latin1').toLowerCase(), exact: false },
    { form: 'hex', words: value.toString('hex'), exact: false },
    ...base64.map((words) => ({ form: 'base64', words, exact: true })),
    ...base64.map((words) => ({ form: 'base64url', words: urlSafe(words), exact: true })),
  ];
}

/** As it looks within longer base64, with so many bytes before it: without the characters it shares with others. */
function inBase64(value: Buffer, offset: number): string {
  const bits = Buffer.concat([Buffer.alloc(offset), value])
    .toString('base64')
    .replace(/=+$/, '');
  const first = Math.ceil((offset * 8) / 6);
  const last = Math.floor(((offset + value.length) * 8) / 6);
  return bits.slice(first, last);
}

const urlSafe = (base64: string) => base64.replaceAll('+', '-').replaceAll('/', '_');

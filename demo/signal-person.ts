import { randomBytes, randomUUID } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import {
  CLAIM,
  connectTo,
  FEED,
  type LogPage,
  millisecondsToWait,
  type NewMessage,
  OPEN_DIRECT,
  POST,
  REGISTER,
} from './relay-client.js';
import { type KeyBundle, SignalDevice } from './signal-device.js';

export interface OpenedMessage {
  seq: number;
  /** Id of the device that wrote it, as the letter says and the session proves. */
  from: string;
  text: string;
}

const PATIENCE_MS = 15_000;

/** Somebody with one device, who keeps what a client must keep: keys, sessions, and a cursor beside what was read. */
export class SignalPerson {
  /** What others wrote, in the order it came. */
  readonly read: OpenedMessage[] = [];
  /** The last place of each channel that was given to this person. */
  readonly places = new Map<string, number>();
  private readonly cursors = new Map<string, string>();
  /** Bodies posted from here. The log does not say whose a message is, and one's own cannot be opened again. */
  private readonly posted = new Set<string>();
  private connection: ReturnType<typeof connectTo> | undefined;
  private reading: Promise<void> = Promise.resolve();
  private readonly news = new EventEmitter();
  private failure: unknown;

  private constructor(
    private readonly relay: string,
    readonly username: string,
    readonly accountId: string,
    private readonly accessToken: string,
    readonly device: SignalDevice,
  ) {}

  static async registers(relay: string, name: string): Promise<SignalPerson> {
    const device = new SignalDevice();
    const username = `${name}-${randomBytes(4).toString('hex')}`;
    const input = { username, password: randomBytes(16).toString('base64'), device: await device.publishes() };
    const { data } = await connectTo(relay).client.mutate({ mutation: REGISTER, variables: { input } });
    const { accessToken, account, device: registered } = answered(data).register;
    device.id = registered.id;
    return new SignalPerson(relay, username, account.id, accessToken, device);
  }

  /** Claims a bundle of every device of the other, verifies it, and begins a session with each. */
  async meets(other: SignalPerson): Promise<KeyBundle[]> {
    const { data } = await this.client.mutate({ mutation: CLAIM, variables: { userId: other.accountId } });
    const bundles = answered(data).claimKeyBundles;
    for (const bundle of bundles) await this.device.meets(bundle);
    return bundles;
  }

  async opensDirectWith(other: SignalPerson): Promise<{ id: string; epoch: number }> {
    const { data } = await this.client.mutate({ mutation: OPEN_DIRECT, variables: { userId: other.accountId } });
    return answered(data).openDirect;
  }

  /** Seals a text for the other. It is not posted yet, so that it can be posted twice. */
  async writes(text: string, reader: SignalPerson, channel: { id: string; epoch: number }): Promise<NewMessage> {
    const sealedBody = await this.device.seals(text, reader.device.id);
    return { channelId: channel.id, clientMessageId: randomUUID(), epoch: channel.epoch, sealedBody };
  }

  async posts(input: NewMessage): Promise<{ id: string; seq: number; duplicate: boolean }> {
    this.posted.add(input.sealedBody);
    const { data } = await this.client.mutate({ mutation: POST, variables: { input } });
    return answered(data).postMessage;
  }

  /** Takes up every channel where this person left off. */
  comesOnline(): void {
    const after = [...this.cursors].map(([channelId, cursor]) => ({ channelId, after: cursor }));
    this.client.subscribe({ query: FEED, variables: { after }, fetchPolicy: 'no-cache' }).subscribe({
      next: ({ data, error }) => {
        if (error) return this.triesAgain(error);
        if (data) this.reading = this.reading.then(() => this.reads(data.feed)).catch((fault) => this.fails(fault));
      },
    });
  }

  /** Hangs up, once what has come is read. */
  async goesAway(): Promise<void> {
    await this.connection?.socket.dispose();
    this.connection = undefined;
    await this.reading;
    this.canGoOn();
  }

  /** Waits until so many messages of others have been read in all. */
  async hasRead(count: number): Promise<void> {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    while (this.failure === undefined && this.read.length < count && !signal.aborted)
      await once(this.news, 'news', { signal }).catch(() => undefined);
    this.canGoOn();
    if (this.read.length < count) throw new Error(`${this.username} read ${this.read.length} messages of ${count}.`);
  }

  private get client() {
    this.connection ??= connectTo(this.relay, this.accessToken);
    return this.connection.client;
  }

  private triesAgain(error: unknown): void {
    const wait = millisecondsToWait(error);
    if (wait === undefined) return this.fails(error);
    setTimeout(() => this.connection && this.comesOnline(), wait);
  }

  private fails(fault: unknown): void {
    this.failure ??= fault;
    this.news.emit('news');
  }

  private canGoOn(): void {
    if (this.failure !== undefined) throw new Error(`${this.username} cannot go on reading.`, { cause: this.failure });
  }

  private async reads({ channelId, entries, gaps, cursor }: LogPage): Promise<void> {
    if (gaps.length > 0) throw new Error(`A gap where nothing has expired: ${JSON.stringify(gaps)}`);
    for (const { seq, sealedBody } of entries) {
      const expected = (this.places.get(channelId) ?? 0) + 1;
      if (seq !== expected) throw new Error(`Place ${seq} came where ${expected} should.`);
      this.places.set(channelId, seq);
      if (sealedBody && !this.posted.has(sealedBody)) this.read.push({ seq, ...(await this.device.opens(sealedBody)) });
    }
    // Only now: whoever stops half-way through a page gets all of it again.
    this.cursors.set(channelId, cursor);
    this.news.emit('news');
  }
}

function answered<Data>(data: Data | undefined): Data {
  if (data === undefined) throw new Error('The relay answered without data.');
  return data;
}

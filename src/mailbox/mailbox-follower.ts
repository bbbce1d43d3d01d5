import type { WhisperedEnvelope } from '../realtime/topics.js';
import { PulledStream } from '../realtime/pulled-stream.js';
import type { MailboxSlice } from './mailbox-slice.js';
import type { Envelope, MailboxPage } from './mailbox.type.js';

/** A device that is further behind than this gets the newest: what is ephemeral is for now or never. */
const MOST_WHISPERS = 16;

/** What following needs from the house. */
export interface MailboxReading {
  /** What lies in the queue after a position; without one, what is not acknowledged. */
  read(deviceId: string, after: number | undefined): Promise<MailboxSlice>;
  cursorAt(deviceId: string, position: number): string;
}

/** Follows one device's mailbox for one subscription: replays what lies after the cursor, then what comes. */
export class MailboxFollower extends PulledStream<MailboxPage> {
  private news = true;
  private whispers: Envelope[] = [];
  /** Whether the device was told that it has reached the end; told again after each time there was more. */
  private announced = false;

  constructor(
    private readonly reading: MailboxReading,
    readonly deviceId: string,
    /** The last position the device was given here. */
    private position: number | undefined,
  ) {
    super();
  }

  /** The queue has reached this position. */
  grew(position: number): void {
    if (this.position !== undefined && position <= this.position) return;
    this.wake();
  }

  hear({ id, sealedBody, at }: WhisperedEnvelope): void {
    const moment = new Date(at);
    const body = Buffer.from(sealedBody, 'base64');
    this.whispers.push({ id, position: 0, sealedBody: body, createdAt: moment, expiresAt: moment });
    if (this.whispers.length > MOST_WHISPERS) this.whispers.shift();
    this.wakeReader();
  }

  protected override get hasNews(): boolean {
    return this.news || this.whispers.length > 0;
  }

  protected override async readNext(): Promise<MailboxPage | undefined> {
    // They cannot wait for a long replay; but before the first page there is no cursor to give along.
    if (this.whispers.length > 0 && this.position !== undefined) return this.whispered(this.position);
    // Cleared before the read: whatever is committed from here on sets it again.
    this.news = false;
    const slice = await this.readOrWait(
      () => this.reading.read(this.deviceId, this.position),
      () => this.wake(),
    );
    return slice && !this.finished ? this.settle(slice) : undefined;
  }

  private wake(): void {
    this.news = true;
    this.wakeReader();
  }

  private settle({ envelopes, toPosition, caughtUp, recovered }: MailboxSlice): MailboxPage | undefined {
    const tell = envelopes.length > 0 || !recovered || (caughtUp && !this.announced);
    this.position = toPosition;
    this.announced = caughtUp;
    if (!caughtUp) this.news = true;
    const cursor = this.reading.cursorAt(this.deviceId, toPosition);
    return tell ? { envelopes, cursor, caughtUp, recovered } : undefined;
  }

  private whispered(position: number): MailboxPage {
    const envelopes = this.whispers;
    this.whispers = [];
    const cursor = this.reading.cursorAt(this.deviceId, position);
    return { envelopes, cursor, caughtUp: this.announced, recovered: true };
  }
}

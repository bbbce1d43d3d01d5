import { randomUUID } from 'node:crypto';
import { type Device, DeviceOwner } from './device-owner.js';
import { granted, type GraphqlAnswer } from './graphql-client.js';
import { KeyRing } from './key-ring.js';
import { Pages } from './pages.js';
import { opened, sealed } from './person.js';

export interface Envelope {
  id: string;
  position: number;
  sealedBody: string;
  createdAt: string;
  expiresAt: string;
}

export interface MailPage {
  envelopes: Envelope[];
  cursor: string;
  caughtUp: boolean;
  recovered: boolean;
}

/** `EnvelopeInput`. */
export interface NewEnvelope {
  deviceId: string;
  registrationId: number;
  sealedBody: string;
}

export interface Delivery {
  accepted: number;
  duplicate: boolean;
}

const PAGE = 'cursor caughtUp recovered envelopes { id position sealedBody createdAt expiresAt }';

export const DELIVER = 'mutation ($input: DeliverInput!) { deliver(input: $input) { accepted duplicate } }';

/** What a subscription to a mailbox has brought. */
class Mail extends Pages<MailPage> {
  private envelopes: Envelope[] = [];
  /** The cursor of the last page taken from here. */
  cursor: string | undefined;

  override async page(): Promise<MailPage> {
    const page = await super.page();
    this.cursor = page.cursor;
    return page;
  }

  async take(count: number): Promise<Envelope[]> {
    while (this.envelopes.length < count) this.envelopes.push(...(await this.page()).envelopes);
    return this.envelopes.splice(0, count);
  }

  /** What the next envelopes say. */
  async reads(count: number): Promise<string[]> {
    return wordsIn(await this.take(count));
  }
}

export const wordsIn = (envelopes: Envelope[]): string[] => envelopes.map(({ sealedBody }) => opened(sealedBody));

/** The same words for each of the devices. */
export const toEach = (
  devices: Pick<Device, 'id' | 'registrationId'>[],
  words: string,
  bytes?: number,
): NewEnvelope[] =>
  devices.map(({ id, registrationId }) => ({ deviceId: id, registrationId, sealedBody: sealed(words, bytes) }));

/** Somebody at one of their devices, with its mailbox. */
export class Correspondent extends DeviceOwner {
  static async arrives(at: { readonly url: string }, username: string): Promise<Correspondent> {
    return new Correspondent(at, (await DeviceOwner.registers(at, username, KeyRing.ed25519().newDevice())).tokens);
  }

  /** The same person at another device. */
  async addsAnother(): Promise<Correspondent> {
    return new Correspondent(this.at, (await this.addsDevice(KeyRing.ed25519().newDevice())).tokens);
  }

  override async logsInAgain(): Promise<Correspondent> {
    return new Correspondent(this.at, (await super.logsInAgain()).tokens);
  }

  override movesTo(at: { readonly url: string }): Correspondent {
    return new Correspondent(at, this.tokens);
  }

  triesToDeliver(
    recipientId: string,
    envelopes: NewEnvelope[],
    input: Record<string, unknown> = {},
  ): Promise<GraphqlAnswer<{ deliver: Delivery }>> {
    return this.tries(DELIVER, { input: { recipientId, clientMessageId: randomUUID(), envelopes, ...input } });
  }

  /** To all devices of the other, as they are at the moment; to oneself, to all but this one. */
  async delivers(other: DeviceOwner, words: string, input: Record<string, unknown> = {}): Promise<Delivery> {
    const others = (await this.devicesOf(other.id)).filter(({ id }) => id !== this.deviceId);
    const envelopes = toEach(others, words);
    return granted(await this.triesToDeliver(other.id, envelopes, input)).deliver;
  }

  async mailbox(after?: string, first?: number): Promise<MailPage> {
    const query = `query ($after: Cursor, $first: Int) { mailbox(after: $after, first: $first) { ${PAGE} } }`;
    return (await this.asks<{ mailbox: MailPage }>(query, { after, first })).mailbox;
  }

  followsMailbox(after?: string): Mail {
    return new Mail(
      this.connection,
      'mailbox',
      `subscription ($after: Cursor) { mailbox(after: $after) { ${PAGE} } }`,
      {
        after,
      },
    );
  }

  async acknowledges(upTo: string | undefined): Promise<number> {
    const mutation = 'mutation ($upTo: Cursor!) { acknowledgeMailbox(upTo: $upTo) }';
    return (await this.asks<{ acknowledgeMailbox: number }>(mutation, { upTo })).acknowledgeMailbox;
  }
}

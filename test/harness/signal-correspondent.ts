import { randomUUID } from 'node:crypto';
import { SignalDevice } from '../../demo/signal-device.js';
import { DeviceOwner } from './device-owner.js';
import { granted } from './graphql-client.js';
import { Correspondent, type Envelope } from './mail.js';
import type { Tokens } from './people.js';

/** What DEVICE_MISMATCH tells. */
export interface Mismatch {
  missing: string[];
  extra: string[];
  stale: string[];
}

export interface Letter {
  /** Id of the device it is from, as the session proves. */
  from: string;
  text: string;
}

/** Somebody at one device that has libsignal on it, a session with each device it knows, and a mailbox. */
export class SignalCorrespondent extends Correspondent {
  /** Devices this one seals for, with their registration ids, by account. */
  private readonly known = new Map<string, Map<string, number>>();

  private constructor(
    at: { readonly url: string },
    tokens: Tokens,
    readonly signal: SignalDevice,
  ) {
    super(at, tokens);
    signal.id = this.deviceId;
  }

  static override async arrives(at: { readonly url: string }, username: string): Promise<SignalCorrespondent> {
    const signal = new SignalDevice();
    const { tokens } = await DeviceOwner.registers(at, username, await signal.publishes());
    return new SignalCorrespondent(at, tokens, signal);
  }

  override async addsAnother(): Promise<SignalCorrespondent> {
    const signal = new SignalDevice();
    const { tokens } = await this.addsDevice(await signal.publishes());
    return new SignalCorrespondent(this.at, tokens, signal);
  }

  /**
   * Seals for every device this one knows of the account and delivers. Where they are not the right ones, it forgets
   * and meets those it is told of, and tries again. Gives what it was told.
   */
  async writes(accountId: string, text: string): Promise<Mismatch[]> {
    const clientMessageId = randomUUID();
    const sealed = new Map<string, string>();
    const told: Mismatch[] = [];
    for (let attempt = 0; attempt < 3; attempt++) {
      const devices = this.known.get(accountId) ?? new Map<string, number>();
      this.known.set(accountId, devices);
      for (const id of devices.keys()) if (!sealed.has(id)) sealed.set(id, await this.signal.seals(text, id));
      const envelopes = [...devices].map(([deviceId, registrationId]) => ({
        deviceId,
        registrationId,
        sealedBody: sealed.get(deviceId)!,
      }));
      const answer = await this.triesToDeliver(accountId, envelopes, { clientMessageId });
      const { reason } = answer.errors?.[0]?.extensions ?? {};
      if (reason !== 'DEVICE_MISMATCH') {
        granted(answer);
        return told;
      }
      const { missing, extra, stale } = answer.errors![0]!.extensions as unknown as Mismatch;
      told.push({ missing, extra, stale });
      for (const id of [...extra, ...stale]) devices.delete(id);
      await this.meets(accountId, [...missing, ...stale], devices);
    }
    throw new Error(`Still not for the right devices: ${JSON.stringify(told)}`);
  }

  /** Opens what is in the mailbox, then acknowledges it. */
  async readsMailbox(): Promise<Letter[]> {
    const { envelopes, cursor } = await this.mailbox();
    const letters = await this.opens(envelopes);
    await this.acknowledges(cursor);
    return letters;
  }

  async opens(envelopes: Envelope[]): Promise<Letter[]> {
    const letters: Letter[] = [];
    for (const { sealedBody } of envelopes) letters.push(await this.signal.opens(sealedBody));
    return letters;
  }

  private async meets(accountId: string, deviceIds: string[], devices: Map<string, number>): Promise<void> {
    if (deviceIds.length === 0) return;
    for (const bundle of await this.claims(accountId, deviceIds)) {
      await this.signal.meets({ ...bundle, kemPreKey: bundle.kemPreKey! });
      devices.set(bundle.deviceId, bundle.registrationId);
    }
  }
}

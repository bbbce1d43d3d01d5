import { createCipheriv, createDecipheriv, randomBytes, randomUUID } from 'node:crypto';
import {
  groupDecrypt,
  groupEncrypt,
  processSenderKeyDistributionMessage,
  ProtocolAddress,
  SenderKeyDistributionMessage,
  type SenderKeyRecord,
  SenderKeyStore,
} from '@signalapp/libsignal-client';
import type { SignalCorrespondent } from './signal-correspondent.js';

class SenderKeys extends SenderKeyStore {
  private readonly records = new Map<string, SenderKeyRecord>();

  saveSenderKey(sender: ProtocolAddress, distributionId: string, record: SenderKeyRecord): Promise<void> {
    this.records.set(`${sender.toString()} ${distributionId}`, record);
    return Promise.resolve();
  }

  getSenderKey(sender: ProtocolAddress, distributionId: string): Promise<SenderKeyRecord | null> {
    return Promise.resolve(this.records.get(`${sender.toString()} ${distributionId}`) ?? null);
  }
}

/** What a member hands to the others, sealed for each of their devices: the key of what it will write. */
interface KeyLetter {
  senderKey: string;
  /** A sender-key message shows which messages are of one author; under this key it shows nothing. */
  cover: string;
}

const BUCKET = 256;
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** One member's sender keys of one group, with real libsignal. */
export class SenderKeyRing {
  private readonly store = new SenderKeys();
  private readonly covers = new Map<string, Buffer>();
  private distributionId = randomUUID();

  constructor(readonly member: SignalCorrespondent) {}

  /** Makes this member's key anew and hands it to the others, each through their mailbox. */
  async renewsFor(others: SignalCorrespondent[]): Promise<void> {
    this.distributionId = randomUUID();
    const key = await SenderKeyDistributionMessage.create(this.address, this.distributionId, this.store);
    const cover = randomBytes(32);
    this.covers.set(this.member.deviceId, cover);
    const letter: KeyLetter = {
      senderKey: Buffer.from(key.serialize()).toString('base64'),
      cover: cover.toString('base64'),
    };
    for (const other of others) await this.member.writes(other.id, JSON.stringify(letter));
  }

  /** Takes the keys of others out of the mailbox. Gives how many there were. */
  async takesKeys(): Promise<number> {
    const letters = await this.member.readsMailbox();
    for (const { from, text } of letters) {
      const { senderKey, cover } = JSON.parse(text) as KeyLetter;
      const key = SenderKeyDistributionMessage.deserialize(bytes(senderKey));
      await processSenderKeyDistributionMessage(ProtocolAddress.new(from, 1), key, this.store);
      this.covers.set(from, Buffer.from(cover, 'base64'));
    }
    return letters.length;
  }

  /** A `sealedBody`: encrypted once, for everybody who has this member's key. */
  async seals(text: string): Promise<string> {
    const plaintext = Uint8Array.from(Buffer.from(text));
    const message = await groupEncrypt(this.address, this.distributionId, this.store, plaintext);
    const padded = Buffer.alloc(BUCKET - IV_BYTES - TAG_BYTES);
    padded.writeUInt16BE(message.serialize().length);
    padded.set(message.serialize(), 2);
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.covers.get(this.member.deviceId)!, iv);
    return Buffer.concat([iv, cipher.update(padded), cipher.final(), cipher.getAuthTag()]).toString('base64');
  }

  /** What it says, and from whose device: that one's cover fits. */
  async opens(sealedBody: string): Promise<{ from: string; text: string }> {
    const { from, message } = this.uncovers(Buffer.from(sealedBody, 'base64'));
    const text = await groupDecrypt(ProtocolAddress.new(from, 1), this.store, Uint8Array.from(message));
    return { from, text: Buffer.from(text).toString() };
  }

  /** As if it had leaked. */
  learnsCoversOf(other: SenderKeyRing): void {
    for (const [deviceId, cover] of other.covers) this.covers.set(deviceId, cover);
  }

  private uncovers(body: Buffer): { from: string; message: Buffer } {
    for (const [from, cover] of this.covers) {
      const decipher = createDecipheriv('aes-256-gcm', cover, body.subarray(0, IV_BYTES));
      decipher.setAuthTag(body.subarray(-TAG_BYTES));
      try {
        const padded = Buffer.concat([decipher.update(body.subarray(IV_BYTES, -TAG_BYTES)), decipher.final()]);
        return { from, message: padded.subarray(2, 2 + padded.readUInt16BE()) };
      } catch {
        // Somebody else's.
      }
    }
    throw new Error('Under no cover that this member knows.');
  }

  private get address(): ProtocolAddress {
    return ProtocolAddress.new(this.member.deviceId, 1);
  }
}

const bytes = (base64: string) => Uint8Array.from(Buffer.from(base64, 'base64'));

import { randomInt } from 'node:crypto';
import {
  CiphertextMessageType,
  KEMKeyPair,
  KEMPublicKey,
  KyberPreKeyRecord,
  PreKeyBundle,
  PreKeyRecord,
  PreKeySignalMessage,
  PrivateKey,
  processPreKeyBundle,
  ProtocolAddress,
  PublicKey,
  signalDecrypt,
  signalDecryptPreKey,
  signalEncrypt,
  SignalMessage,
  SignedPreKeyRecord,
} from '@signalapp/libsignal-client';
import { type Letter, openLetter, sealLetter } from './sealed-body.js';
import { Identities, KyberPreKeys, PreKeys, Sessions, SignedPreKeys } from './signal-stores.js';

interface EcKey {
  keyId: number;
  publicKey: string;
}
interface SignedKey extends EcKey {
  signature: string;
}
interface KemKey extends SignedKey {
  algorithm: 'KYBER_1024' | 'ML_KEM_1024';
}

/** `DeviceKeysInput`: what a device publishes. Bytes are base64. */
export interface DeviceKeys {
  profile: 'SIGNAL';
  registrationId: number;
  identityKey: string;
  signedPreKey: SignedKey;
  lastResortKemPreKey: KemKey;
  oneTimePreKeys: EcKey[];
  kemPreKeys: KemKey[];
}

/** `KeyBundle`: what others get of it. */
export interface KeyBundle {
  deviceId: string;
  registrationId: number;
  identityKey: string;
  signedPreKey: SignedKey;
  oneTimePreKey: EcKey | null;
  kemPreKey: KemKey;
}

export const ONE_TIME_PRE_KEYS = 50;
export const KYBER_PRE_KEYS = 10;
const LAST_RESORT_ID = 1_000;

/** One device with real libsignal: PQXDH (X25519 and Kyber-1024) and the Double Ratchet. */
export class SignalDevice {
  /** UUID that the relay gave it. */
  id = '';
  private readonly registrationId = randomInt(1, 16_381);
  private readonly sessions = new Sessions();
  private readonly identities = new Identities(this.registrationId);
  private readonly preKeys = new PreKeys();
  private readonly signedPreKeys = new SignedPreKeys();
  private readonly kyberPreKeys = new KyberPreKeys(LAST_RESORT_ID);

  get identityKey(): string {
    return base64(this.identities.own.publicKey.serialize());
  }

  /** Makes all keys a new device needs. The private halves stay here. */
  async publishes(): Promise<DeviceKeys> {
    return {
      profile: 'SIGNAL',
      registrationId: this.registrationId,
      identityKey: this.identityKey,
      signedPreKey: await this.newSignedPreKey(1),
      lastResortKemPreKey: await this.newKyberPreKey(LAST_RESORT_ID),
      oneTimePreKeys: await Promise.all(numbers(ONE_TIME_PRE_KEYS).map((keyId) => this.newPreKey(keyId))),
      kemPreKeys: await Promise.all(numbers(KYBER_PRE_KEYS).map((keyId) => this.newKyberPreKey(keyId))),
    };
  }

  /** Verifies a claimed bundle and begins a session with its device. */
  async meets(bundle: KeyBundle): Promise<void> {
    const { registrationId, oneTimePreKey, signedPreKey, identityKey, kemPreKey } = bundle;
    const keys = PreKeyBundle.new(
      registrationId,
      1,
      oneTimePreKey?.keyId ?? null,
      oneTimePreKey && PublicKey.deserialize(bytes(oneTimePreKey.publicKey)),
      signedPreKey.keyId,
      PublicKey.deserialize(bytes(signedPreKey.publicKey)),
      bytes(signedPreKey.signature),
      PublicKey.deserialize(bytes(identityKey)),
      kemPreKey.keyId,
      KEMPublicKey.deserialize(bytes(kemPreKey.publicKey)),
      bytes(kemPreKey.signature),
    );
    await processPreKeyBundle(keys, addressOf(bundle.deviceId), addressOf(this.id), this.sessions, this.identities);
  }

  /** Encrypts for a device it has met: a `sealedBody`. */
  async seals(text: string, readerId: string): Promise<string> {
    const reader = addressOf(readerId);
    const identity = await this.identities.getIdentity(reader);
    if (!identity) throw new Error('To seal for a device, meet it first.');
    const plaintext = Uint8Array.from(Buffer.from(text));
    const message = await signalEncrypt(plaintext, reader, addressOf(this.id), this.sessions, this.identities);
    return sealLetter({ type: message.type(), from: this.id, ciphertext: message.serialize() }, identity);
  }

  /** Opens a `sealedBody` that was sealed for this device. */
  async opens(sealedBody: string): Promise<{ from: string; text: string }> {
    const letter = openLetter(sealedBody, this.identities.own.privateKey);
    return { from: letter.from, text: Buffer.from(await this.decrypt(letter)).toString() };
  }

  private decrypt({ type, from, ciphertext }: Letter): Promise<Uint8Array> {
    const [author, reader] = [addressOf(from), addressOf(this.id)];
    const { sessions, identities, preKeys, signedPreKeys, kyberPreKeys } = this;
    const message = Uint8Array.from(ciphertext);
    if (type !== CiphertextMessageType.PreKey)
      return signalDecrypt(SignalMessage.deserialize(message), author, reader, sessions, identities);
    return signalDecryptPreKey(
      PreKeySignalMessage.deserialize(message),
      author,
      reader,
      sessions,
      identities,
      preKeys,
      signedPreKeys,
      kyberPreKeys,
    );
  }

  private async newPreKey(keyId: number): Promise<EcKey> {
    const key = PrivateKey.generate();
    await this.preKeys.savePreKey(keyId, PreKeyRecord.new(keyId, key.getPublicKey(), key));
    return { keyId, publicKey: base64(key.getPublicKey().serialize()) };
  }

  private async newSignedPreKey(keyId: number): Promise<SignedKey> {
    const key = PrivateKey.generate();
    const publicKey = key.getPublicKey().serialize();
    const signature = this.identities.own.privateKey.sign(publicKey);
    const record = SignedPreKeyRecord.new(keyId, Date.now(), key.getPublicKey(), key, signature);
    await this.signedPreKeys.saveSignedPreKey(keyId, record);
    return { keyId, publicKey: base64(publicKey), signature: base64(signature) };
  }

  private async newKyberPreKey(keyId: number): Promise<KemKey> {
    const pair = KEMKeyPair.generate();
    const publicKey = pair.getPublicKey().serialize();
    const signature = this.identities.own.privateKey.sign(publicKey);
    await this.kyberPreKeys.saveKyberPreKey(keyId, KyberPreKeyRecord.new(keyId, Date.now(), pair, signature));
    return { keyId, algorithm: 'KYBER_1024', publicKey: base64(publicKey), signature: base64(signature) };
  }
}

/** On a relay every device has an id of its own, so the number that libsignal asks for is always the same. */
const addressOf = (deviceId: string) => ProtocolAddress.new(deviceId, 1);

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

const base64 = (value: Uint8Array) => Buffer.from(value).toString('base64');

const bytes = (value: string) => Uint8Array.from(Buffer.from(value, 'base64'));

import {
  type CiphertextMessage,
  IdentityChange,
  IdentityKeyPair,
  IdentityKeyStore,
  KEMPublicKey,
  PreKeyBundle,
  type PrivateKey,
  processPreKeyBundle,
  ProtocolAddress,
  PublicKey,
  type SessionRecord,
  SessionStore,
  signalEncrypt,
} from '@signalapp/libsignal-client';
import type { Bundle } from './device-owner.js';

/** What a real client makes of a bundle: it verifies every signature, opens a session and encrypts the first message. */
export async function firstMessageTo(bundle: Bundle, words: string): Promise<CiphertextMessage> {
  const [me, other] = [ProtocolAddress.new('me', 1), ProtocolAddress.new(bundle.deviceId, 1)];
  const [sessions, identities] = [new Sessions(), new Identities()];
  await processPreKeyBundle(libsignalBundle(bundle), other, me, sessions, identities);
  return signalEncrypt(Uint8Array.from(Buffer.from(words)), other, me, sessions, identities);
}

function libsignalBundle({
  registrationId,
  identityKey,
  signedPreKey,
  oneTimePreKey,
  kemPreKey,
}: Bundle): PreKeyBundle {
  if (!kemPreKey) throw new Error('libsignal needs a KEM prekey.');
  return PreKeyBundle.new(
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
}

const bytes = (base64: string) => Uint8Array.from(Buffer.from(base64, 'base64'));

class Sessions extends SessionStore {
  private readonly records = new Map<string, SessionRecord>();

  saveSession(address: ProtocolAddress, record: SessionRecord): Promise<void> {
    this.records.set(address.toString(), record);
    return Promise.resolve();
  }

  getSession(address: ProtocolAddress): Promise<SessionRecord | null> {
    return Promise.resolve(this.records.get(address.toString()) ?? null);
  }

  getExistingSessions(addresses: ProtocolAddress[]): Promise<SessionRecord[]> {
    return Promise.resolve(addresses.flatMap((address) => this.records.get(address.toString()) ?? []));
  }
}

class Identities extends IdentityKeyStore {
  private readonly own = IdentityKeyPair.generate();
  private readonly others = new Map<string, PublicKey>();

  getIdentityKey(): Promise<PrivateKey> {
    return Promise.resolve(this.own.privateKey);
  }

  getLocalRegistrationId(): Promise<number> {
    return Promise.resolve(1);
  }

  saveIdentity(address: ProtocolAddress, key: PublicKey): Promise<IdentityChange> {
    this.others.set(address.toString(), key);
    return Promise.resolve(IdentityChange.NewOrUnchanged);
  }

  isTrustedIdentity(): Promise<boolean> {
    return Promise.resolve(true);
  }

  getIdentity(address: ProtocolAddress): Promise<PublicKey | null> {
    return Promise.resolve(this.others.get(address.toString()) ?? null);
  }
}

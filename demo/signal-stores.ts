import {
  type Direction,
  IdentityChange,
  IdentityKeyPair,
  IdentityKeyStore,
  type KyberPreKeyRecord,
  KyberPreKeyStore,
  type PreKeyRecord,
  PreKeyStore,
  type PrivateKey,
  type ProtocolAddress,
  type PublicKey,
  type SessionRecord,
  SessionStore,
  type SignedPreKeyRecord,
  SignedPreKeyStore,
} from '@signalapp/libsignal-client';

// What libsignal asks its user to keep. Here in memory; a real client keeps it on disk.

export class Sessions extends SessionStore {
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

export class Identities extends IdentityKeyStore {
  readonly own = IdentityKeyPair.generate();
  private readonly others = new Map<string, PublicKey>();

  constructor(private readonly registrationId: number) {
    super();
  }

  getIdentityKey(): Promise<PrivateKey> {
    return Promise.resolve(this.own.privateKey);
  }

  getLocalRegistrationId(): Promise<number> {
    return Promise.resolve(this.registrationId);
  }

  saveIdentity(address: ProtocolAddress, key: PublicKey): Promise<IdentityChange> {
    const known = this.others.get(address.toString());
    this.others.set(address.toString(), key);
    return Promise.resolve(
      known?.equals(key) === false ? IdentityChange.ReplacedExisting : IdentityChange.NewOrUnchanged,
    );
  }

  /** On first use. An identity key never changes on a relay: another key is another device. */
  isTrustedIdentity(address: ProtocolAddress, key: PublicKey, _direction: Direction): Promise<boolean> {
    return Promise.resolve(this.others.get(address.toString())?.equals(key) ?? true);
  }

  getIdentity(address: ProtocolAddress): Promise<PublicKey | null> {
    return Promise.resolve(this.others.get(address.toString()) ?? null);
  }
}

export class PreKeys extends PreKeyStore {
  private readonly records = new Map<number, PreKeyRecord>();

  savePreKey(id: number, record: PreKeyRecord): Promise<void> {
    this.records.set(id, record);
    return Promise.resolve();
  }

  getPreKey(id: number): Promise<PreKeyRecord> {
    return found(this.records.get(id), `one-time prekey ${id}`);
  }

  removePreKey(id: number): Promise<void> {
    this.records.delete(id);
    return Promise.resolve();
  }
}

export class SignedPreKeys extends SignedPreKeyStore {
  private readonly records = new Map<number, SignedPreKeyRecord>();

  saveSignedPreKey(id: number, record: SignedPreKeyRecord): Promise<void> {
    this.records.set(id, record);
    return Promise.resolve();
  }

  getSignedPreKey(id: number): Promise<SignedPreKeyRecord> {
    return found(this.records.get(id), `signed prekey ${id}`);
  }
}

export class KyberPreKeys extends KyberPreKeyStore {
  private readonly records = new Map<number, KyberPreKeyRecord>();

  constructor(private readonly lastResortId: number) {
    super();
  }

  saveKyberPreKey(id: number, record: KyberPreKeyRecord): Promise<void> {
    this.records.set(id, record);
    return Promise.resolve();
  }

  getKyberPreKey(id: number): Promise<KyberPreKeyRecord> {
    return found(this.records.get(id), `Kyber prekey ${id}`);
  }

  markKyberPreKeyUsed(id: number): Promise<void> {
    if (id !== this.lastResortId) this.records.delete(id);
    return Promise.resolve();
  }
}

const found = <T>(record: T | undefined, what: string): Promise<T> =>
  record === undefined ? Promise.reject(new Error(`This device has no ${what} any more.`)) : Promise.resolve(record);

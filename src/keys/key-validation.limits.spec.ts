import { KemAlgorithm, KeyProfile } from './key-profile.js';
import { findKeyFaults, type PublishedKeys } from './key-validation.js';

type FullUpload = Required<PublishedKeys>;
type Spoil = (keys: FullUpload) => void;

const { ED25519, SIGNAL } = KeyProfile;

// Counts and numbers are judged whatever the keys are worth, so the keys here are worth nothing.
describe.each([ED25519, SIGNAL])('the limits of findKeyFaults for %s', (profile) => {
  it.each([0, -1, 2 ** 24, 1.5, NaN])('finds the key id %d out of range, of whatever kind', async (keyId) => {
    const faults = await faultsIn(profile, (keys) => {
      keys.signedPreKey.keyId = keyId;
      keys.lastResortKemPreKey.keyId = keyId;
      keys.oneTimePreKeys[8]!.keyId = keyId;
      keys.kemPreKeys[9]!.keyId = keyId;
    });
    const paths = ['signedPreKey', 'oneTimePreKeys.8', 'lastResortKemPreKey', 'kemPreKeys.9'];
    expect(faults).toEqual(paths.map((path) => `${path}.keyId KEY_ID_OUT_OF_RANGE`));
  });

  it('takes the highest key id', async () => {
    expect(await faultsIn(profile, (keys) => (keys.kemPreKeys[9]!.keyId = 2 ** 24 - 1))).toEqual([]);
  });

  it('finds an id that stands twice in a list, and takes the same id in two lists', async () => {
    const faults = await faultsIn(profile, (keys) => {
      keys.oneTimePreKeys[20]!.keyId = keys.oneTimePreKeys[3]!.keyId;
      keys.kemPreKeys[99]!.keyId = keys.kemPreKeys[0]!.keyId;
      keys.signedPreKey.keyId = keys.lastResortKemPreKey.keyId = keys.oneTimePreKeys[5]!.keyId;
    });
    expect(faults).toEqual(['oneTimePreKeys.20.keyId KEY_ID_TWICE', 'kemPreKeys.99.keyId KEY_ID_TWICE']);
  });

  it('looks into no list of more than 100 keys', async () => {
    const faults = await faultsIn(profile, (keys) => {
      keys.oneTimePreKeys = Array.from({ length: 101 }, () => ({ keyId: 0, publicKey: Buffer.alloc(0) }));
      keys.kemPreKeys.push(keys.kemPreKeys[0]!);
    });
    expect(faults).toEqual(['oneTimePreKeys TOO_MANY_KEYS', 'kemPreKeys TOO_MANY_KEYS']);
  });

  it('finds too few keys to register with', async () => {
    const spoil: Spoil = (keys) => (keys.oneTimePreKeys.length = 49);
    expect(await faultsIn(profile, spoil)).toEqual(['oneTimePreKeys TOO_FEW_KEYS']);
    expect(await faultsIn(profile, spoil, 'adding')).toEqual([]);
  });

  it('registers nobody without a signed prekey', async () => {
    const keys = { ...uploadOf(profile), signedPreKey: undefined };
    expect(await limitFaults(keys, 'registering')).toEqual(['signedPreKey TOO_FEW_KEYS']);
    expect(await limitFaults(keys, 'adding')).toEqual([]);
  });

  it('asks for a last-resort KEM key where the profile needs one', async () => {
    const keys = { ...uploadOf(profile), lastResortKemPreKey: undefined };
    const wanted = profile === SIGNAL ? ['lastResortKemPreKey LAST_RESORT_KEY_REQUIRED'] : [];
    expect(await limitFaults(keys, 'registering')).toEqual(wanted);
    expect(await limitFaults(keys, 'adding')).toEqual([]);
  });

  it.each([0, -5, 16381, 2.5])('finds the registration id %d out of range', async (registrationId) => {
    const spoil: Spoil = (keys) => (keys.registrationId = registrationId);
    const wanted = ['registrationId REGISTRATION_ID_OUT_OF_RANGE'];
    expect(await faultsIn(profile, spoil)).toEqual(wanted);
    expect(await faultsIn(profile, spoil, 'adding')).toEqual(wanted);
  });

  it('wants a registration id from a new device only, and takes the highest', async () => {
    const keys = { ...uploadOf(profile), registrationId: undefined };
    const wanted = ['registrationId REGISTRATION_ID_OUT_OF_RANGE'];
    expect(await limitFaults(keys, 'registering')).toEqual(wanted);
    expect(await limitFaults(keys, 'adding')).toEqual([]);
    expect(await faultsIn(profile, (full) => (full.registrationId = 16380))).toEqual([]);
  });
});

async function faultsIn(profile: KeyProfile, spoil: Spoil, purpose: 'registering' | 'adding' = 'registering') {
  const keys = uploadOf(profile);
  spoil(keys);
  return limitFaults(keys, purpose);
}

async function limitFaults(keys: PublishedKeys, purpose: 'registering' | 'adding'): Promise<string[]> {
  const faults = await findKeyFaults(keys, purpose);
  return faults.filter(({ reason }) => reason !== 'BAD_KEY').map(({ path, reason }) => `${path} ${reason}`);
}

function uploadOf(profile: KeyProfile): FullUpload {
  const bytes = Buffer.alloc(0);
  const kemKey = (keyId: number) => ({
    keyId,
    algorithm: KemAlgorithm.ML_KEM_1024,
    publicKey: bytes,
    signature: bytes,
  });
  return {
    profile,
    registrationId: 1,
    identityKey: bytes,
    signedPreKey: { keyId: 1, publicKey: bytes, signature: bytes },
    lastResortKemPreKey: kemKey(1),
    oneTimePreKeys: Array.from({ length: 100 }, (_, index) => ({ keyId: index + 1, publicKey: bytes })),
    kemPreKeys: Array.from({ length: 100 }, (_, index) => kemKey(index + 1)),
  };
}

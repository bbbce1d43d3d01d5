import { granted, type GraphqlAnswer } from './graphql-client.js';
import type { EcPreKey, KemPreKey, NewDevice, PreKeys, SignedPreKey } from './key-ring.js';
import { login, tryToRegister, type Tokens } from './people.js';
import { Person } from './person.js';

export interface Bundle {
  deviceId: string;
  registrationId: number;
  profile: string;
  identityKey: string;
  signedPreKey: SignedPreKey;
  oneTimePreKey: EcPreKey | null;
  kemPreKey: KemPreKey | null;
}

export interface Stock {
  deviceId: string;
  oneTimePreKeys: number;
  kemPreKeys: number;
  signedPreKeyAgeDays: number;
  lastResortUsed: boolean;
  state: string;
}

export interface Device {
  id: string;
  accountId: string;
  profile: string;
  registrationId: number;
  identityKey: string;
  sealedName: string | null;
  active: boolean;
  createdAt: string;
}

export const BUNDLE =
  'deviceId registrationId profile identityKey signedPreKey { keyId publicKey signature } oneTimePreKey { keyId publicKey } kemPreKey { keyId algorithm publicKey signature }';
export const STOCK = 'deviceId oneTimePreKeys kemPreKeys signedPreKeyAgeDays lastResortUsed state';
export const DEVICE = 'id accountId profile registrationId identityKey sealedName active createdAt';

/** Somebody who publishes keys and asks for those of others. */
export class DeviceOwner extends Person {
  static async registers(at: { readonly url: string }, username: string, device: NewDevice): Promise<DeviceOwner> {
    return new DeviceOwner(at, granted(await tryToRegister(at, { username, device })).register);
  }

  get deviceId(): string {
    if (!this.tokens.device) throw new Error('The session has no device.');
    return this.tokens.device.id;
  }

  /** With a new session, on the same device. */
  async logsInAgain(): Promise<DeviceOwner> {
    return new DeviceOwner(this.at, await login(this.at, this.tokens.account.username, this.tokens.device?.id));
  }

  override movesTo(at: { readonly url: string }): DeviceOwner {
    return new DeviceOwner(at, this.tokens);
  }

  triesToAddDevice(input: unknown): Promise<GraphqlAnswer<{ registerDevice: Tokens }>> {
    return this.tries(
      `mutation ($input: DeviceKeysInput!) { registerDevice(input: $input) {
         accessToken accessTokenExpiresAt refreshToken refreshTokenExpiresAt account { id username } device { id }
       } }`,
      { input },
    );
  }

  async addsDevice(device: NewDevice): Promise<DeviceOwner> {
    return new DeviceOwner(this.at, granted(await this.triesToAddDevice(device)).registerDevice);
  }

  triesToDeactivate(id: string): Promise<GraphqlAnswer<{ deactivateDevice: Device }>> {
    return this.tries(`mutation ($id: ID!) { deactivateDevice(id: $id) { ${DEVICE} } }`, { id });
  }

  async deactivates(id: string): Promise<Device> {
    return granted(await this.triesToDeactivate(id)).deactivateDevice;
  }

  async ownDevices(): Promise<Device[]> {
    return (await this.asks<{ me: { devices: Device[] } }>(`{ me { devices { ${DEVICE} } } }`)).me.devices;
  }

  async devicesOf(id: string): Promise<Device[]> {
    const query = `query ($id: ID!) { user(id: $id) { devices { ${DEVICE} } } }`;
    return (await this.asks<{ user: { devices: Device[] } }>(query, { id })).user.devices;
  }

  triesToUpload(keys: unknown, deviceId = this.deviceId): Promise<GraphqlAnswer<{ uploadPreKeys: Stock }>> {
    return this.tries(`mutation ($input: UploadPreKeysInput!) { uploadPreKeys(input: $input) { ${STOCK} } }`, {
      input: { deviceId, ...(keys as PreKeys) },
    });
  }

  async uploads(keys: PreKeys): Promise<Stock> {
    return granted(await this.triesToUpload(keys)).uploadPreKeys;
  }

  triesToSeeStock(deviceId: string): Promise<GraphqlAnswer<{ preKeyStock: Stock }>> {
    return this.tries(`query ($id: ID!) { preKeyStock(deviceId: $id) { ${STOCK} } }`, { id: deviceId });
  }

  async stock(): Promise<Stock> {
    return granted(await this.triesToSeeStock(this.deviceId)).preKeyStock;
  }

  triesToClaim(userId: string, deviceIds?: string[]): Promise<GraphqlAnswer<{ claimKeyBundles: Bundle[] }>> {
    return this.tries(
      `mutation ($id: ID!, $deviceIds: [ID!]) { claimKeyBundles(userId: $id, deviceIds: $deviceIds) { ${BUNDLE} } }`,
      { id: userId, deviceIds },
    );
  }

  async claims(userId: string, deviceIds?: string[]): Promise<Bundle[]> {
    return granted(await this.triesToClaim(userId, deviceIds)).claimKeyBundles;
  }
}

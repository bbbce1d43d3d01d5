import { Injectable, type OnModuleInit } from '@nestjs/common';
import { deviceOf, type Viewer } from '../auth/viewer.js';
import { EphemeralStream } from '../realtime/ephemeral-stream.js';
import { Topics } from '../realtime/topics.js';
import { type DeviceSignal, DeviceSignalKind, isAboutPreKeys } from './device-signal.type.js';
import { isLow } from './pre-key-marks.js';
import { type PreKeyStock, PreKeyState } from './pre-key-stock.type.js';
import { PreKeys } from './pre-keys.service.js';

interface Listener {
  deviceId: string;
  push: (signal: DeviceSignal) => void;
}

/** However many join and leave, what is to be done about prekeys is told. */
const waiting = {
  most: 128,
  replaces: (later: DeviceSignal, earlier: DeviceSignal) => subjectOf(later) === subjectOf(earlier),
  keeps: isAboutPreKeys,
};

/** Having left a channel takes back having joined it, and the other way round. */
const subjectOf = ({ kind, channelId, accountId }: DeviceSignal): string => channelId ?? accountId ?? kind;

/** Tells devices what concerns them, on whatever process they listen. */
@Injectable()
export class DeviceSignals implements OnModuleInit {
  /** By the account they belong to. */
  private readonly listeners = new Map<string, Set<Listener>>();

  constructor(
    private readonly preKeys: PreKeys,
    private readonly topics: Topics,
  ) {}

  // Before anybody listens: subscribing in Redis takes a moment, in which a signal of another process would get lost.
  onModuleInit(): void {
    this.topics.on('pre-keys-low', ({ deviceId }) => this.tellDevice(deviceId, DeviceSignalKind.PRE_KEYS_LOW));
    this.topics.on('signed-pre-key-stale', ({ deviceId }) =>
      this.tellDevice(deviceId, DeviceSignalKind.SIGNED_PRE_KEY_STALE),
    );
  }

  async follow(viewer: Viewer): Promise<AsyncIterableIterator<DeviceSignal>> {
    const deviceId = deviceOf(viewer);
    const listener = (push: Listener['push']) => this.listen(viewer.accountId, { deviceId, push });
    const signals = new EphemeralStream<DeviceSignal>(listener, waiting);
    try {
      for (const kind of dueIn(await this.preKeys.stock(viewer, deviceId))) signals.push({ kind });
    } catch (error) {
      await signals.return();
      throw error;
    }
    return signals;
  }

  /** Accounts of which a device listens in this process. */
  get listeningAccounts(): string[] {
    return [...this.listeners.keys()];
  }

  /** Tells those devices of the account that listen in this process. Whether it may know is for the caller to see to. */
  tellAccount(accountId: string, signal: DeviceSignal): void {
    for (const { push } of this.listeners.get(accountId) ?? []) push(signal);
  }

  private tellDevice(deviceId: string, kind: DeviceSignalKind): void {
    for (const listeners of this.listeners.values())
      for (const listener of listeners) if (listener.deviceId === deviceId) listener.push({ kind });
  }

  private listen(accountId: string, listener: Listener): () => void {
    const listeners = this.listeners.get(accountId) ?? new Set();
    this.listeners.set(accountId, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.listeners.get(accountId) === listeners) this.listeners.delete(accountId);
    };
  }
}

/** What a device that was away has to be told: signals are not kept for it. */
function dueIn({ oneTimePreKeys, state }: PreKeyStock): DeviceSignalKind[] {
  return [
    ...(state === PreKeyState.STALE ? [DeviceSignalKind.SIGNED_PRE_KEY_STALE] : []),
    ...(isLow(oneTimePreKeys) || state === PreKeyState.EMPTY ? [DeviceSignalKind.PRE_KEYS_LOW] : []),
  ];
}

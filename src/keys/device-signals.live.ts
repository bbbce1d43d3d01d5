import { Injectable, type OnModuleInit } from '@nestjs/common';
import { deviceOf, type Viewer } from '../auth/viewer.js';
import { EphemeralStream } from '../realtime/ephemeral-stream.js';
import { Topics } from '../realtime/topics.js';
import { type DeviceSignal, DeviceSignalKind } from './device-signal.type.js';
import { isLow } from './pre-key-marks.js';
import { type PreKeyStock, PreKeyState } from './pre-key-stock.type.js';
import { PreKeys } from './pre-keys.service.js';

interface Listener {
  viewer: Viewer;
  push: (signal: DeviceSignal) => void;
}

/** Tells devices what concerns them, on whatever process they listen. */
@Injectable()
export class DeviceSignals implements OnModuleInit {
  private readonly listeners = new Set<Listener>();

  constructor(
    private readonly preKeys: PreKeys,
    private readonly topics: Topics,
  ) {}

  // Before anybody listens: subscribing in Redis takes a moment, in which a signal of another process would get lost.
  onModuleInit(): void {
    this.topics.on('pre-keys-low', ({ deviceId }) =>
      this.tell({ kind: DeviceSignalKind.PRE_KEYS_LOW }, (viewer) => viewer.deviceId === deviceId),
    );
    this.topics.on('signed-pre-key-stale', ({ deviceId }) =>
      this.tell({ kind: DeviceSignalKind.SIGNED_PRE_KEY_STALE }, (viewer) => viewer.deviceId === deviceId),
    );
  }

  async follow(viewer: Viewer): Promise<AsyncIterableIterator<DeviceSignal>> {
    const deviceId = deviceOf(viewer);
    const signals = new EphemeralStream<DeviceSignal>((push) => this.listen({ viewer, push }));
    try {
      for (const kind of dueIn(await this.preKeys.stock(viewer, deviceId))) signals.push({ kind });
    } catch (error) {
      await signals.return();
      throw error;
    }
    return signals;
  }

  private listen(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private tell(signal: DeviceSignal, concerns: (viewer: Viewer) => boolean): void {
    for (const { viewer, push } of this.listeners) if (concerns(viewer)) push(signal);
  }
}

/** What a device that was away has to be told: signals are not kept for it. */
function dueIn({ oneTimePreKeys, state }: PreKeyStock): DeviceSignalKind[] {
  return [
    ...(state === PreKeyState.STALE ? [DeviceSignalKind.SIGNED_PRE_KEY_STALE] : []),
    ...(isLow(oneTimePreKeys) || state === PreKeyState.EMPTY ? [DeviceSignalKind.PRE_KEYS_LOW] : []),
  ];
}

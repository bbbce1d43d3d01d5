import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { DeviceSignalKind } from '../keys/device-signal.type.js';
import { DeviceSignals } from '../keys/device-signals.live.js';
import { Topics } from '../realtime/topics.js';
import { whoShareAChannel } from './channels.queries.js';

/** Each is told to as many listeners as there are: so many keep what a statement gives within bounds. */
const ACCOUNTS_A_LOOK = 20;

/** Tells devices which channels their account joined and left, and whose devices are others now. */
@Injectable()
export class MembershipSignals implements OnModuleInit {
  /** Accounts with other devices that nobody in this process was told of yet. */
  private readonly changed = new Set<string>();
  private telling: Promise<void> | undefined;

  constructor(
    private readonly signals: DeviceSignals,
    private readonly topics: Topics,
    private readonly dataSource: DataSource,
  ) {}

  onModuleInit(): void {
    // Of one's own account, so there is nothing to ask for, and what is told keeps the order in which it came.
    this.topics.on('channel-joined', ({ channelId, accountIds }) => {
      for (const accountId of accountIds)
        this.signals.tellAccount(accountId, { kind: DeviceSignalKind.CHANNEL_JOINED, channelId });
    });
    this.topics.on('channels-left', ({ memberships }) => {
      for (const [channelId, accountId] of memberships)
        this.signals.tellAccount(accountId, { kind: DeviceSignalKind.CHANNEL_LEFT, channelId });
    });
    this.topics.on('devices-changed', ({ accountId }) => {
      this.changed.add(accountId);
      this.telling ??= this.tellWhoMayKnow().finally(() => (this.telling = undefined));
    });
  }

  /** Asks once for all listeners, and at the moment of telling: nobody who is out of the channel learns of it. */
  private async tellWhoMayKnow(): Promise<void> {
    while (this.changed.size > 0) {
      const changed = [...this.changed].slice(0, ACCOUNTS_A_LOOK);
      for (const accountId of changed) this.changed.delete(accountId);
      const listening = this.signals.listeningAccounts;
      if (listening.length === 0) continue;
      for (const accountId of changed) this.tellOfDevices(accountId, accountId);
      // Without the database nobody else is told: a hint.
      const pairs = await whoShareAChannel(this.dataSource.manager, changed, listening).catch(() => []);
      for (const { accountId, otherId } of pairs) this.tellOfDevices(otherId, accountId);
    }
  }

  private tellOfDevices(listenerId: string, accountId: string): void {
    this.signals.tellAccount(listenerId, { kind: DeviceSignalKind.DEVICES_CHANGED, accountId });
  }
}

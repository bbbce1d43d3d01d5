import { Injectable, type OnModuleInit } from '@nestjs/common';
import { AccountClosings } from '../auth/account-closings.js';
import { deviceOf, type Viewer } from '../auth/viewer.js';
import { Clock } from '../config/clock.js';
import { badInput } from '../errors/lethe-error.js';
import { DeviceChanges } from '../keys/device-changes.js';
import { LogCursors } from '../realtime/log-cursor.js';
import { PAGE_ENTRIES } from '../realtime/log.queries.js';
import { MailboxFollower } from './mailbox-follower.js';
import { LiveMailboxes } from './mailbox.live.js';
import { type MailboxSlice, mailboxSlice } from './mailbox-slice.js';
import { lockMailboxesOf, MailboxQueries } from './mailbox.queries.js';
import type { MailboxPage } from './mailbox.type.js';

/** What the owner of a mailbox does with it. */
@Injectable()
export class Mailboxes implements OnModuleInit {
  constructor(
    private readonly queries: MailboxQueries,
    private readonly live: LiveMailboxes,
    private readonly cursors: LogCursors,
    private readonly changes: DeviceChanges,
    private readonly closings: AccountClosings,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.changes.onChange(async (manager, { accountId, kind }) => {
      if (kind === 'DEACTIVATED')
        await manager.query(
          'DELETE FROM mailboxes m USING devices d WHERE d.id = m.device_id AND d.account_id = $1 AND NOT d.active',
          [accountId],
        );
      return () => undefined;
    });
    this.closings.onClosing(async (manager, accountId) => {
      await lockMailboxesOf(manager, accountId);
      return () => undefined;
    });
  }

  async page(viewer: Viewer, after: string | null | undefined, first: number): Promise<MailboxPage> {
    const deviceId = deviceOf(viewer);
    const position = await this.positionOf(deviceId, after);
    const { envelopes, toPosition, caughtUp, recovered } = await this.read(deviceId, position, first);
    return { envelopes, cursor: this.cursorAt(deviceId, toPosition), caughtUp, recovered };
  }

  async follow(viewer: Viewer, after: string | null | undefined): Promise<MailboxFollower> {
    const deviceId = deviceOf(viewer);
    const follower = new MailboxFollower(this, deviceId, await this.positionOf(deviceId, after));
    this.live.add(follower);
    return follower;
  }

  async acknowledge(viewer: Viewer, upTo: string): Promise<number> {
    const deviceId = deviceOf(viewer);
    const position = this.cursors.read(upTo, deviceId, 'upTo');
    if (position === 0) return 0;
    const count = await this.queries.acknowledge(deviceId, position);
    if (count === undefined) throw beyondTheEnd('upTo');
    return count;
  }

  async read(deviceId: string, after: number | undefined, limit = PAGE_ENTRIES): Promise<MailboxSlice> {
    const queue = await this.queries.read(deviceId, after ?? 0, limit);
    return mailboxSlice(deviceId, after, queue, this.clock.now());
  }

  cursorAt(deviceId: string, position: number): string {
    return this.cursors.write(deviceId, position);
  }

  private async positionOf(deviceId: string, after: string | null | undefined): Promise<number | undefined> {
    if (after === null || after === undefined) return undefined;
    const position = this.cursors.read(after, deviceId, 'after');
    const [[, end] = [deviceId, 0]] = await this.queries.heads([deviceId]);
    if (position > end) throw beyondTheEnd('after');
    return position;
  }
}

const beyondTheEnd = (path: string) => badInput(path, 'The cursor is beyond the end of the mailbox.', 'BAD_CURSOR');

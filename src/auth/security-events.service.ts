import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager, LessThan, MoreThan } from 'typeorm';
import { z } from 'zod';
import { Clock } from '../config/clock.js';
import { forwardPage, readKeyset, writeKeyset } from '../graphql/keyset.js';
import { uuid } from '../graphql/input-rules.js';
import { newId } from '../graphql/new-id.js';
import { SecurityEventRow } from './security-event.entity.js';
import type { SecurityEventConnection, SecurityEventKind } from './security-event.type.js';
import type { Viewer } from './viewer.js';

/** 90 days. */
export const SECURITY_EVENTS_KEPT_MS = 90 * 24 * 60 * 60 * 1000;

const sortKey = z.tuple([uuid]);

interface Happening {
  accountId: string;
  sessionId?: string | null;
  deviceId?: string | null;
}

/** What owners should know of, written in the transaction of what it tells. */
@Injectable()
export class SecurityEvents {
  constructor(
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
  ) {}

  async write(manager: EntityManager, kind: SecurityEventKind, ...happenings: Happening[]): Promise<void> {
    if (happenings.length === 0) return;
    const at = this.clock.now();
    await manager.insert(
      SecurityEventRow,
      happenings.map(({ accountId, sessionId = null, deviceId = null }) => ({
        id: newId(at),
        accountId,
        kind,
        at,
        sessionId,
        deviceId,
      })),
    );
  }

  async list({ accountId }: Viewer, first: number, after: string | null | undefined): Promise<SecurityEventConnection> {
    const [before] = readKeyset('securityEvents', after, sortKey) ?? [];
    const rows = await this.dataSource.manager.find(SecurityEventRow, {
      where: {
        accountId,
        at: MoreThan(new Date(this.clock.now().getTime() - SECURITY_EVENTS_KEPT_MS)),
        ...(before !== undefined && { id: LessThan(before) }),
      },
      order: { id: 'DESC' },
      take: first + 1,
    });
    return forwardPage(rows, first, before !== undefined, ({ id }) => writeKeyset('securityEvents', [id]));
  }
}

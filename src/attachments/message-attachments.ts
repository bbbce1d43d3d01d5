import { Injectable } from '@nestjs/common';
import DataLoader from 'dataloader';
import { Clock } from '../config/clock.js';
import { Pools } from '../database/pools.js';
import { attachmentColumns, type StoredAttachment } from './attachments.queries.js';

interface Place {
  readonly channelId: string;
  readonly seq: number;
}

const ATTACHED_TO = `
  SELECT ${attachmentColumns}
  FROM (SELECT DISTINCT * FROM unnest($1::uuid[], $2::int[]) AS asked (channel_id, seq)) p
  JOIN attachments a ON a.channel_id = p.channel_id AND a.seq = p.seq
  WHERE a.expires_at IS NULL OR a.expires_at > $3
  ORDER BY a.position`;

/**
 * What is attached to messages: one query for all that are asked about in the same turn, so one for a page. It remembers
 * nothing, since a live operation goes on for days and what it shows may be deleted meanwhile.
 */
@Injectable()
export class MessageAttachments {
  private readonly loader = new DataLoader((places: readonly Place[]) => this.of(places), {
    cache: false,
    maxBatchSize: 1_000,
  });

  constructor(
    private readonly pools: Pools,
    private readonly clock: Clock,
  ) {}

  load(place: Place): Promise<StoredAttachment[]> {
    return this.loader.load(place);
  }

  private async of(places: readonly Place[]): Promise<StoredAttachment[][]> {
    const { rows } = await this.pools.read.query<StoredAttachment>({
      name: 'attached-to',
      text: ATTACHED_TO,
      values: [places.map(({ channelId }) => channelId), places.map(({ seq }) => seq), this.clock.now()],
    });
    const byPlace = new Map<string, StoredAttachment[]>();
    for (const row of rows) byPlace.set(keyOf(row), [...(byPlace.get(keyOf(row)) ?? []), row]);
    return places.map((place) => byPlace.get(keyOf(place)) ?? []);
  }
}

const keyOf = ({ channelId, seq }: { channelId: string; seq: number | null }) => `${channelId} ${seq}`;

import { Entity, PrimaryColumn } from 'typeorm';

/**
 * A log in which something was purged and forgotten since it was trimmed last. No foreign key: what is swept may be of a
 * channel that was deleted meanwhile.
 */
@Entity('trimmable_logs')
export class TrimmableLogRow {
  @PrimaryColumn('uuid', { name: 'channel_id', primaryKeyConstraintName: 'trimmable_logs_pkey' })
  channelId!: string;
}

import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A process of the relay, as it last said of itself. */
@Entity('relay_processes')
export class RelayProcessRow {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'relay_processes_pkey' })
  id!: string;

  @Column('integer', { name: 'open_sockets' })
  openSockets!: number;

  @Column({ type: 'timestamptz', name: 'seen_at', precision: 3 })
  seenAt!: Date;
}

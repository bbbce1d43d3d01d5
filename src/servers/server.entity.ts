import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A community: members with roles, and the channels that they may join. Its row's lock orders all that changes it. */
@Entity('servers')
export class ServerRow {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'servers_pkey' })
  id!: string;

  @Column('bytea', { name: 'sealed_meta' })
  sealedMeta!: Buffer;

  /** Kept with every membership, so that neither the cap nor a list of servers counts thousands of rows. */
  @Column('integer', { name: 'member_count' })
  memberCount!: number;

  @Column({ type: 'timestamptz', name: 'created_at', precision: 3 })
  createdAt!: Date;
}

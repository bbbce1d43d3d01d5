import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { ChoreOutcome } from './chore.type.js';

/** One run of a chore. Of two processes that come in one slot, the second finds the row of the first. */
@Entity('chore_runs')
@Index('chore_runs_slot_key', ['chore', 'slot'], { unique: true })
@Index('chore_runs_running_key', ['chore'], { unique: true, where: `outcome = 'RUNNING'` })
@Index('chore_runs_chore_idx', ['chore', 'id'])
@Index('chore_runs_started_at_idx', ['startedAt'])
export class ChoreRunRow {
  @PrimaryColumn('uuid', { primaryKeyConstraintName: 'chore_runs_pkey' })
  id!: string;

  @Column('text')
  chore!: string;

  /** The minute for which it was due; null when it was run by hand. */
  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  slot!: Date | null;

  @Column('text')
  outcome!: ChoreOutcome;

  @Column('boolean', { name: 'dry_run' })
  dryRun!: boolean;

  /** Grows while it runs. */
  @Column('integer', { default: 0 })
  affected!: number;

  @Column({ type: 'timestamptz', name: 'started_at', precision: 3 })
  startedAt!: Date;

  @Column({ type: 'timestamptz', name: 'finished_at', precision: 3, nullable: true })
  finishedAt!: Date | null;

  /** `choreErrors`. */
  @Column('text', { nullable: true })
  error!: string | null;
}

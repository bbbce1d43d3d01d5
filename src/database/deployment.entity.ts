import { Check, Column, Entity, PrimaryColumn } from 'typeorm';

/** One row: which life of the database this is. */
@Entity('deployment')
@Check('deployment_one_row', 'id')
export class DeploymentRow {
  @PrimaryColumn('boolean', { default: true, primaryKeyConstraintName: 'deployment_pkey' })
  id!: boolean;

  @Column('uuid')
  epoch!: string;
}

import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** An object whose attachment is gone, until it is certain that the object is gone, too. A trigger of `attachments` writes it. */
@Entity('deleted_objects')
@Index('deleted_objects_due_idx', ['dueAt'])
export class DeletedObjectRow {
  @PrimaryColumn('text', { name: 'object_key', primaryKeyConstraintName: 'deleted_objects_pkey' })
  objectKey!: string;

  /** When to delete it next. */
  @Column({ type: 'timestamptz', name: 'due_at', precision: 3 })
  dueAt!: Date;

  /** Until then somebody may still upload it anew, with an address that was given out before. */
  @Column({ type: 'timestamptz', name: 'writable_until', precision: 3 })
  writableUntil!: Date;
}

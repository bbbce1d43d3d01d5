import { Field, ObjectType } from '@nestjs/graphql';
import { Cursor } from './cursor.scalar.js';

@ObjectType({ description: 'Where a page stands in its list (Relay cursor connections specification).' })
export class PageInfo {
  @Field({ description: 'Whether there is more after `endCursor`.' })
  hasNextPage!: boolean;

  @Field({ description: 'Whether there is more before `startCursor`.' })
  hasPreviousPage!: boolean;

  @Field(() => Cursor, { nullable: true, description: 'Place of the first item; null on an empty page.' })
  startCursor?: string | null;

  @Field(() => Cursor, { nullable: true, description: 'Place of the last item; null on an empty page.' })
  endCursor?: string | null;
}

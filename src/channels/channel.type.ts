import { Field, ID, Int, ObjectType } from '@nestjs/graphql';
import { Bytes } from '../graphql/bytes.scalar.js';
import { PageInfo } from '../graphql/page-info.type.js';
import { ChannelKind, ChannelRole } from './channel-kind.js';

@ObjectType({
  description:
    'A conversation with one ordered log, as one of its members sees it, or somebody who is in its server and may join it.',
})
export class Channel {
  @Field(() => ID, { description: 'UUIDv7.' })
  id!: string;

  @Field(() => ChannelKind, { description: 'What the channel is for; never changes.' })
  kind!: ChannelKind;

  @Field(() => ID, {
    nullable: true,
    description: 'The server the channel belongs to; null for direct, group and notes channels.',
  })
  serverId!: string | null;

  @Field({
    description:
      'Whether one needs to be added, and the channel is seen only by its members and by who may manage channels of the server. Always true outside servers.',
  })
  isPrivate!: boolean;

  @Field(() => Bytes, {
    nullable: true,
    description:
      'Name and description, encrypted by clients: 16 to 4,096 bytes. Null for direct and notes channels until `updateChannel` gives them one.',
  })
  sealedMeta!: Buffer | null;

  @Field(() => Int, { description: 'The current key epoch, from 1. Every membership change raises it by one.' })
  epoch!: number;

  @Field(() => Int, {
    description: 'The oldest epoch a body may be sealed for. A departure or a deactivated device raises it to `epoch`.',
  })
  minEpoch!: number;

  @Field(() => Int, { description: 'Place of the newest entry; 0 while the log is empty.' })
  headSeq!: number;

  @Field(() => Int, {
    nullable: true,
    description: 'Seconds after which messages posted without a time of their own expire; null: they do not.',
  })
  defaultTtlSeconds!: number | null;

  @Field({ description: 'When the channel was made.' })
  createdAt!: Date;
}

@ObjectType({ description: 'A page of channels.' })
export class ChannelConnection {
  @Field(() => [Channel], { description: 'The newest channel first.' })
  nodes!: Channel[];

  @Field(() => PageInfo, { description: 'Where the page stands.' })
  pageInfo!: PageInfo;
}

@ObjectType({ description: 'An account that takes part in a channel.' })
export class ChannelMember {
  @Field(() => ID, { description: 'UUIDv7 of the account.' })
  accountId!: string;

  @Field({ description: '3 to 32 characters of `a-z 0-9 _ . -`.' })
  username!: string;

  @Field(() => ChannelRole, { description: 'What the member may do.' })
  role!: ChannelRole;

  @Field({ description: 'When the current membership began.' })
  joinedAt!: Date;
}

@ObjectType({ description: 'A page of members.' })
export class ChannelMemberConnection {
  @Field(() => [ChannelMember], { description: 'Whoever has been a member longest comes first.' })
  nodes!: ChannelMember[];

  @Field(() => PageInfo, { description: 'Where the page stands.' })
  pageInfo!: PageInfo;
}

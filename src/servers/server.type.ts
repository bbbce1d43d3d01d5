import { Field, ID, Int, ObjectType } from '@nestjs/graphql';
import { Bytes } from '../graphql/bytes.scalar.js';
import { PageInfo } from '../graphql/page-info.type.js';
import { ServerRole } from './server-role.js';

@ObjectType({ description: 'A community with channels, as one of its members sees it.' })
export class Server {
  @Field(() => ID, { description: 'UUIDv7.' })
  id!: string;

  @Field(() => Bytes, { description: 'Name and description, encrypted by clients: 16 to 4,096 bytes.' })
  sealedMeta!: Buffer;

  @Field(() => ServerRole, { description: 'The viewer’s role.' })
  myRole!: ServerRole;

  @Field(() => Int, { description: 'How many members there are: 1 to 10,000.' })
  memberCount!: number;

  @Field({ description: 'When the server was made.' })
  createdAt!: Date;
}

@ObjectType({ description: 'A page of servers.' })
export class ServerConnection {
  @Field(() => [Server], { description: 'The newest server first.' })
  nodes!: Server[];

  @Field(() => PageInfo, { description: 'Where the page stands.' })
  pageInfo!: PageInfo;
}

@ObjectType({ description: 'An account that is a member of a server.' })
export class ServerMember {
  @Field(() => ID, { description: 'UUIDv7 of the account.' })
  accountId!: string;

  @Field({ description: '3 to 32 characters of `a-z 0-9 _ . -`.' })
  username!: string;

  @Field(() => ServerRole, { description: 'What the member may do, in the server and in its channels.' })
  role!: ServerRole;

  @Field({ description: 'When the membership began.' })
  joinedAt!: Date;
}

@ObjectType({ description: 'A page of members of a server.' })
export class ServerMemberConnection {
  @Field(() => [ServerMember], { description: 'Whoever has been a member longest comes first.' })
  nodes!: ServerMember[];

  @Field(() => PageInfo, { description: 'Where the page stands.' })
  pageInfo!: PageInfo;
}

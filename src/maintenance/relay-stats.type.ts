import { Field, Float, Int, ObjectType } from '@nestjs/graphql';

const estimated = 'Exact up to 100,000, above that an estimate by PostgreSQL.';

@ObjectType({ description: 'How much there is on the relay. About nobody in particular.' })
export class RelayStats {
  @Field(() => Int, { description: `Accounts. ${estimated}` })
  accounts!: number;

  @Field(() => Int, { description: `Devices, deactivated ones included. ${estimated}` })
  devices!: number;

  @Field(() => Int, { description: `Channels of all kinds. ${estimated}` })
  channels!: number;

  @Field(() => Int, {
    description: `Places in the logs of all channels: messages, the places of those that are gone and not trimmed yet, and changes of membership. ${estimated}`,
  })
  messages!: number;

  @Field(() => Float, { description: 'Bytes of encrypted files in the store.' })
  attachmentsBytes!: number;

  @Field(() => Int, { description: 'Open sockets of all processes; of others than the answering one, up to 10 s old.' })
  openSockets!: number;
}

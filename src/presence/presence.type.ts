import { Field, ID, ObjectType, registerEnumType } from '@nestjs/graphql';

export enum PresenceStatus {
  ONLINE = 'ONLINE',
  AWAY = 'AWAY',
  OFFLINE = 'OFFLINE',
}

registerEnumType(PresenceStatus, {
  name: 'PresenceStatus',
  description: 'Whether somebody is there.',
  valuesMap: {
    ONLINE: { description: 'At least one of their devices is connected and has not said that it is left alone.' },
    AWAY: { description: 'Devices are connected, and each of them has said that nobody uses it.' },
    OFFLINE: {
      description: 'No device is connected, or they do not want to be seen, or they share no channel with the viewer.',
    },
  },
});

@ObjectType({
  description: 'Whether somebody is there, as far as the viewer may know. Never stored; may be up to a minute old.',
})
export class Presence {
  @Field(() => ID, { description: 'UUID of the account.' })
  accountId!: string;

  @Field(() => PresenceStatus, { description: 'As of all their devices: the most present one counts.' })
  status!: PresenceStatus;

  @Field(() => Date, {
    nullable: true,
    description:
      'When they were last there, rounded down to the minute. Null where they do not show it, never were there, or share no channel with the viewer.',
  })
  lastActiveAt!: Date | null;
}

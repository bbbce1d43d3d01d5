import { Field, ObjectType, registerEnumType } from '@nestjs/graphql';

export enum DeviceSignalKind {
  PRE_KEYS_LOW = 'PRE_KEYS_LOW',
  SIGNED_PRE_KEY_STALE = 'SIGNED_PRE_KEY_STALE',
}

registerEnumType(DeviceSignalKind, {
  name: 'DeviceSignalKind',
  description: 'What a device is told.',
  valuesMap: {
    PRE_KEYS_LOW: {
      description:
        'Fewer than 20 one-time prekeys of a kind are left: upload more. Told once when the stock falls below, and to a device that begins to listen, and once a day to one that does, while it has fewer than 20 one-time prekeys or no one-time KEM prekey any more.',
    },
    SIGNED_PRE_KEY_STALE: {
      description:
        'The signed prekey is 10 days old or older: upload a new one. Told to a device that begins to listen, and once a day to one that does.',
    },
  },
});

@ObjectType({ description: 'A hint for one device. May be lost; what it hints at can be asked for.' })
export class DeviceSignal {
  @Field(() => DeviceSignalKind, { description: 'What happened.' })
  kind!: DeviceSignalKind;
}

import { Field, ID, ObjectType, registerEnumType } from '@nestjs/graphql';

export enum DeviceSignalKind {
  PRE_KEYS_LOW = 'PRE_KEYS_LOW',
  SIGNED_PRE_KEY_STALE = 'SIGNED_PRE_KEY_STALE',
  DEVICES_CHANGED = 'DEVICES_CHANGED',
  CHANNEL_JOINED = 'CHANNEL_JOINED',
  CHANNEL_LEFT = 'CHANNEL_LEFT',
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
    DEVICES_CHANGED: {
      description:
        'The account `accountId` has a device more or one less: ask for `User.devices`. It is the viewer’s own or one that shares a channel with it at this moment. The device that made the change is told as well.',
    },
    CHANNEL_JOINED: {
      description:
        'The account is a member of the channel `channelId` now: it joined, was added, or the channel was made with it. Ask for `channel`.',
    },
    CHANNEL_LEFT: {
      description:
        'The account is no member of the channel `channelId` any more: it left or was removed, there or from its server, or the channel or its server was deleted. Of deletions that end more than 10,000 memberships at once, some are not told.',
    },
  },
});

@ObjectType({ description: 'A hint for one device. May be lost; what it hints at can be asked for.' })
export class DeviceSignal {
  @Field(() => DeviceSignalKind, { description: 'What happened.' })
  kind!: DeviceSignalKind;

  @Field(() => ID, { nullable: true, description: 'UUID. Of CHANNEL_JOINED and CHANNEL_LEFT; else null.' })
  channelId?: string;

  @Field(() => ID, { nullable: true, description: 'UUID. Of DEVICES_CHANGED; else null.' })
  accountId?: string;
}

/** Those that a device has to do something about itself. */
export const isAboutPreKeys = ({ kind }: DeviceSignal): boolean =>
  kind === DeviceSignalKind.PRE_KEYS_LOW || kind === DeviceSignalKind.SIGNED_PRE_KEY_STALE;

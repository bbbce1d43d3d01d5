import { registerEnumType } from '@nestjs/graphql';

export enum ChannelKind {
  DIRECT = 'DIRECT',
  GROUP = 'GROUP',
  NOTES = 'NOTES',
}

registerEnumType(ChannelKind, {
  name: 'ChannelKind',
  description: 'What a channel is for.',
  valuesMap: {
    DIRECT: { description: 'Two accounts; one per pair. Only deleting an account ends its membership.' },
    GROUP: { description: 'Up to 1,500 accounts.' },
    NOTES: { description: 'One account and its devices.' },
  },
});

export enum ChannelRole {
  OWNER = 'OWNER',
  ADMIN = 'ADMIN',
  MEMBER = 'MEMBER',
}

registerEnumType(ChannelRole, {
  name: 'ChannelRole',
  description: 'What a member may do in a group. In direct and notes channels everybody is a MEMBER.',
  valuesMap: {
    OWNER: { description: 'One per group: adds and removes anybody, sets roles.' },
    ADMIN: { description: 'Adds anybody, removes members.' },
    MEMBER: { description: 'Reads and posts.' },
  },
});

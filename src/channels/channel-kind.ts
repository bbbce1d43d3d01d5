import { registerEnumType } from '@nestjs/graphql';

export enum ChannelKind {
  SERVER = 'SERVER',
  DIRECT = 'DIRECT',
  GROUP = 'GROUP',
  NOTES = 'NOTES',
}

registerEnumType(ChannelKind, {
  name: 'ChannelKind',
  description: 'What a channel is for.',
  valuesMap: {
    SERVER: { description: 'A channel of a server, for those of its members who have joined it.' },
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
  description:
    'What a member may do in a group. In a server’s channel it comes from the role in the server, where a MODERATOR counts as a MEMBER here. In direct and notes channels everybody is a MEMBER. `docs/rights.md` has the whole table.',
  valuesMap: {
    OWNER: { description: 'One per group: adds and removes anybody, sets roles, deletes the group.' },
    ADMIN: { description: 'Adds anybody, removes members, changes what the group is called.' },
    MEMBER: { description: 'Reads and posts.' },
  },
});

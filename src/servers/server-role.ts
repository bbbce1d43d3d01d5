import { registerEnumType } from '@nestjs/graphql';

export enum ServerRole {
  OWNER = 'OWNER',
  ADMIN = 'ADMIN',
  MODERATOR = 'MODERATOR',
  MEMBER = 'MEMBER',
}

registerEnumType(ServerRole, {
  name: 'ServerRole',
  description: 'What a member of a server may do there and in its channels. `docs/rights.md` has the whole table.',
  valuesMap: {
    OWNER: { description: 'One per server: everything, and the only one who deletes it or hands it over.' },
    ADMIN: { description: 'Channels, invites, and everybody below: removes them, makes them MODERATOR or MEMBER.' },
    MODERATOR: { description: 'Removes members, from the server and its channels, and messages.' },
    MEMBER: { description: 'Sees the server, joins its open channels, reads and posts there.' },
  },
});
